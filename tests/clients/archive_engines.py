"""Reads an archive of Parquet files as others would: prints what each engine that is there counts, as JSON.

Usage: archive_engines.py FOLDER DATE
"""

import glob
import json
import sys

folder, date = sys.argv[1:3]
files = f"{folder}/v=1/**/*.parquet"
counted = {}


def rows_of(rows):
    """Status and day as texts, and how many there were."""
    return sorted([str(status), str(day), int(count)] for status, day, count in rows)


try:
    import duckdb
except ImportError:
    pass
else:
    source = f"read_parquet('{files}', hive_partitioning = true)"
    ask = lambda sql: duckdb.sql(sql).fetchall()
    # Only what the ledgers name, without a file of a run that was killed.
    duckdb.sql(f"""
        SET VARIABLE files = (
            SELECT list(replace(filename, '_ledger.json', '') || entry.name)
            FROM (SELECT filename, unnest(files) AS entry
                  FROM read_json('{folder}/v=1/**/_ledger.json', filename = true)))""")
    counted["duckdb"] = {
        "rows": ask(f"SELECT count(*) FROM {source}")[0][0],
        "named": ask("SELECT count(*) FROM read_parquet(getvariable('files'))")[0][0],
        "distinct": ask(f"SELECT count(DISTINCT (created_at, identity)) FROM {source}")[0][0],
        "groups": rows_of(ask(f"SELECT status_code, date, count(*) FROM {source} GROUP BY ALL")),
        "of_date": ask(f"SELECT count(*) FROM {source} WHERE date = '{date}'")[0][0],
        "moments": ask(f"SELECT count(*) FROM {source} WHERE (created_at AT TIME ZONE 'UTC')::DATE = date")[0][0],
    }

try:
    import pyarrow.dataset
except ImportError:
    pass
else:
    import pyarrow

    schema = pyarrow.schema([(name, pyarrow.string()) for name in ("v", "provider", "environment", "date")])
    partitioning = pyarrow.dataset.HivePartitioning(schema)
    # Ledgers are passed over: their names begin with `_`.
    dataset = pyarrow.dataset.dataset(folder + "/v=1", format="parquet", partitioning=partitioning, partition_base_dir=folder)
    table = dataset.to_table(columns=["status_code", "date"])
    groups = table.group_by(["status_code", "date"]).aggregate([([], "count_all")]).to_pylist()
    field = pyarrow.dataset.field
    counted["pyarrow"] = {
        "rows": dataset.count_rows(),
        "groups": rows_of((group["status_code"], group["date"], group["count_all"]) for group in groups),
        "of_date": dataset.count_rows(filter=field("date") == date),
    }

try:
    import chdb
except ImportError:
    pass
else:
    # An archive in a folder: ClickHouse reads hive partitions of paths, too.
    ask = lambda sql: json.loads(str(chdb.query(sql + " SETTINGS use_hive_partitioning = 1", "JSONCompact")))["data"]
    source = f"file('{files}', Parquet)"
    counted["chdb"] = {
        "rows": int(ask(f"SELECT count() FROM {source}")[0][0]),
        "groups": rows_of(ask(f"SELECT status_code, toString(date), count() FROM {source} GROUP BY 1, 2")),
        "of_date": int(ask(f"SELECT count() FROM {source} WHERE date = '{date}'")[0][0]),
    }

assert glob.glob(files, recursive=True)
json.dump(counted, sys.stdout)
