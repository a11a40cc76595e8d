-- A returned row is a billing scope whose lines or money changed on the way from the files to the models.
select *
from {{ ref("reconciliation") }}
where status = 'unexplained'
