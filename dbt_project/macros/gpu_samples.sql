{# Columns of a reading, and the metric each shows. #}
{% macro gpu_metrics() -%}
    {{ return({
        "gpu_util": "DCGM_FI_DEV_GPU_UTIL",
        "power_w": "DCGM_FI_DEV_POWER_USAGE",
        "energy_counter_mj": "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
        "memory_used_mib": "DCGM_FI_DEV_FB_USED",
        "gr_engine_active_frac": "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
        "sm_active_frac": "DCGM_FI_PROF_SM_ACTIVE",
        "tensor_active_frac": "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
        "dram_active_frac": "DCGM_FI_PROF_DRAM_ACTIVE",
    }) }}
{%- endmacro %}

{# Aggregates: what samples of one device and moment show, each metric in its column. An aggregate costs its time whether
   or not a sample is for it: what no series of the window tells has none. #}
{% macro gpu_readings(samples) -%}
    {%- set told = gpu_metrics().values() -%}
    {%- if execute -%}
        {%- set told = run_query("select distinct metric from " ~ ref("int_gpu_series")).columns[0].values() -%}
    {%- endif -%}
    max({{ samples }}.covers_seconds) as covers_seconds,
    {%- for column, metric in gpu_metrics().items() %}
    {% if metric in told -%}
    max({{ samples }}.value) filter (where {{ samples }}.metric = '{{ metric }}') as {{ column }}
    {%- else -%}
    cast(null as double) as {{ column }}
    {%- endif %}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Which scrape a time is of: exporters are read together, not in one instant. #}
{% macro scrape_index(time) -%}
    cast(floor(epoch({{ time }}) / {{ var("lone_sample_seconds") }}) as bigint)
{%- endmacro %}
