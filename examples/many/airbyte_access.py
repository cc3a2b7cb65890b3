"""One sync of one large tenant as an Apache Airflow DAG: survey, then a task for each part, then one that packs.

The parts are fetched wherever workers are; they share a folder (AIRBYTE_ACCESS_FOLDER).  Settings are those of one-part.
A task that failed or was killed is run again by Airflow alone: what the others have done stays.
"""
import datetime
import os
import pathlib
import subprocess

from airflow.decorators import dag, task

FOLDER = pathlib.Path(os.environ.get("AIRBYTE_ACCESS_FOLDER", "/var/lib/airbyte-access"))
PARTS = os.environ.get("AIRBYTE_ACCESS_PARTS", "16")
HERE = pathlib.Path(__file__).resolve().parent


def shell(script, *arguments):
    """Run a script of bash that fails with any of its stages."""
    subprocess.run(["bash", "-euo", "pipefail", "-c", script, "bash", *map(str, arguments)], check=True)


@dag(schedule="@daily", start_date=datetime.datetime(2026, 1, 1), catchup=False, max_active_runs=1,
     default_args={"retries": 2, "retry_delay": datetime.timedelta(seconds=1)})
def airbyte_access():
    @task
    def survey():
        """The parts of this run, in a folder of its own."""
        shell('''rm -rf "$1"; umask 077
            ab-fetch instance instance_admin organization group workspace | ab-split -n "$2" "$1"''',
              FOLDER / "parts", PARTS)
        return sorted(str(part) for part in (FOLDER / "parts").glob("part-*.ndjson"))

    @task
    def one_part(part):
        subprocess.run([HERE / "one-part", part], check=True)

    @task
    def pack():
        """Users, and everything in the order of one run."""
        shell('''umask 077; cd "$1"
            cat parts/part-*.raw | ab-fetch user --user-details >all.raw
            "$2"/only-users <all.raw | ab-map >users.records
            cat parts/part-*.records users.records | c1z-pack -f sync.c1z ${AIRBYTE_ACCESS_PACK:-} || [ $? -eq 3 ]
            rm -r parts all.raw users.records''', FOLDER, HERE)

    one_part.expand(part=survey()) >> pack()


airbyte_access()
