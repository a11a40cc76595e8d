"""What inference servers say of their requests and tokens: one sample of one metric of one series a row."""

from pipelines.contracts import LINEAGE, Column, Contract

# Metrics that are stored, with the unit each is stored in.
METRICS = {
    "requests_count": "requests answered",
    "input_tokens_count": "tokens read (prompt, context)",
    "output_tokens_count": "tokens generated",
    "time_to_first_token_seconds_sum": "s, summed over the requests counted",
    "time_to_first_token_seconds_count": "requests whose time to the first token is in the sum",
    "time_to_first_token_seconds_bucket": "of those, requests not above bucket_upper_seconds",
}

CONTRACT = Contract(
    table="raw.serving_sample",
    grain="One row per series, metric and time of a delivery.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read the sample.", nullable=False),
        Column("sampled_at", "TIMESTAMP", "Time of the sample, UTC; of an amount, the end of its time.", nullable=False),
        Column("value_kind", "VARCHAR", "counter: counted since the server started; amount: within covers_seconds before sampled_at.", nullable=False, allowed=("counter", "amount")),
        Column("covers_seconds", "DOUBLE", "Seconds before sampled_at that an amount speaks for; null for a counter.", minimum=0),
        Column("engine", "VARCHAR", "What serves: vllm, sglang, tgi, triton; null for a log of requests."),
        Column("service", "VARCHAR", "Service the requests are of, where it is said."),
        Column("model_name", "VARCHAR", "Model as the server calls it."),
        Column("instance", "VARCHAR", "Server the series is of: the scrape's target."),
        Column("namespace", "VARCHAR", "Kubernetes namespace of the server."),
        Column("pod", "VARCHAR", "Pod of the server."),
        Column("labels_json", "VARCHAR", "All labels of the series but which of two scrapers it was, a JSON object of text sorted by key: what a counter is differenced within."),
        Column("metric", "VARCHAR", "What is measured, one name for all engines.", nullable=False, allowed=tuple(METRICS)),
        Column("bucket_upper_seconds", "DOUBLE", "Upper end of a histogram's bucket; null elsewhere. The bucket without end is the count."),
        Column("value", "DOUBLE", "Value in the metric's unit; null where the server gave none.", unit="see METRICS", minimum=0),
        Column("null_reason", "VARCHAR", "Why value is null.", allowed=("not_a_number", "out_of_range")),
    ),
)
