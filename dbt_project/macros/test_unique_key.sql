{# Rows that share the model's key; none may.

Of a model that names its day column in `meta.window_column` only the days this run rebuilt are looked at: the others are
what they were when the run that wrote them looked. Rows of one key have one day. A full refresh looks at everything. #}
{% test unique_key(model, columns) %}
    {%- set found = namespace(window_column=none) -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == "model" and node.alias == model.identifier -%}
            {%- set found.window_column = node.config.meta.get("window_column") -%}
        {%- endfor -%}
    {%- endif -%}
    select {{ columns | join(", ") }}, count(*) as rows_with_this_key
    from {{ model }}
    {%- if found.window_column and not flags.FULL_REFRESH %}
    where {{ in_window(found.window_column) }}
    {%- endif %}
    group by {{ columns | join(", ") }}
    having count(*) > 1
{% endtest %}
