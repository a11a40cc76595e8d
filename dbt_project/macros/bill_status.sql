{# A statement that gives rows of a mart the status that their part of a bill has now. It changes on days that a run has
   no reason to rebuild: a period ends, or another period's bill completes an invoice. #}
{% macro with_status_of_now(mart) -%}
    update {{ mart }} as costs
    set cost_status = statuses.cost_status
    from {{ ref("int_bill_status") }} as statuses
    where
        costs.source = statuses.source
        and costs.billing_account_id = statuses.billing_account_id
        and costs.billing_period_date = statuses.billing_period_date
        and costs.invoice_id is not distinct from statuses.invoice_id
        and costs.billing_currency = statuses.billing_currency
        and costs.cost_status <> statuses.cost_status
{%- endmacro %}
