{# Whether a cost line tells hours of GPUs or of machines: of use, not of the commitment that covers it nor of its
   unused part, so that no hour counts twice. #}
{% macro tells_hours(lines) -%}
    (
        {{ lines }}.charge_category = 'Usage'
        and ({{ lines }}.is_in_hours or {{ lines }}.consumed_gpu_hours is not null)
        and coalesce({{ lines }}.commitment_discount_status, 'Used') = 'Used'
        and coalesce({{ lines }}.capacity_reservation_status, 'Used') = 'Used'
    )
{%- endmacro %}
