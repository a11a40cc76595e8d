{# Rows that share the model's key; none may.

Of a model that names its day column in `meta.window_column` only the days this run rebuilt are looked at: the others are
what they were when the run that wrote them looked. Rows of one key have one day. A full refresh looks at everything.

A column of whole numbers of a long key may be named as `numbers`: rows that share the rest are then told by one bit each,
64 to a group, which is as sharp, and a fraction of the work where they lie close: rows of a file, devices of a scrape.
What comes back are groups then. #}
{% test unique_key(model, columns, numbers=none) %}
    {%- set found = namespace(window_column=none) -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == "model" and node.alias == model.identifier -%}
            {%- set found.window_column = node.config.meta.get("window_column") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set alike = (columns | reject("equalto", numbers) | list + [numbers ~ " // 64"]) if numbers else columns %}
    select {{ alike | join(", ") }}, count(*) as rows_with_this_key
    from {{ model }}
    {%- if found.window_column and not flags.FULL_REFRESH %}
    where {{ in_window(found.window_column) }}
    {%- endif %}
    group by {{ alike | join(", ") }}
    having {{ repeats(numbers) if numbers else "count(*) > 1" }}
{% endtest %}
