-- A returned row is a service of a bill whose lines or money changed on the way from the files to the models.
select *
from {{ ref("reconciliation_service") }}
where is_unexplained
