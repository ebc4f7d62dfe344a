#!/usr/bin/env bash
# Everything this project does, by a name or, without one, by a menu.
set -euo pipefail
cd "$(dirname "$0")"

VENV=${VENV:-.venv}
export PATH="$VENV/bin:$PATH"

usage() {
  cat <<'TEXT'
bash run.sh setup             makes .venv with what requirements.txt names
bash run.sh plan              builds what has changed in the models
bash run.sh run               builds what is due
bash run.sh validate          tests, and the audits of the data once there is a plan
bash run.sh query [SQL]       shows rows; without SQL, the example
bash run.sh export            writes the tables as parquet to the bucket
bash run.sh providers [NAME [TABLE]]   reads what others gave access to
TEXT
}

setup() {
  [ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
  "$VENV/bin/python" -c 'from duckdb_extensions import import_extension; import_extension("httpfs")'
}

menu() {
  PS3='What? '
  select choice in setup plan run validate query export providers quit; do
    [ "$choice" = quit ] && return
    [ -z "$choice" ] || bash run.sh "$choice" || true
  done
}

load_env() {
  [ -f .env ] || { echo 'There is no .env with the keys of this data product' >&2; exit 1; }
  # no value has a blank, a quote or a wildcard
  # shellcheck disable=SC2046
  export $(cat .env | grep -v '^#' | xargs)
}

need_sqlmesh() {
  command -v sqlmesh > /dev/null || { echo 'SQLMesh is not installed: bash run.sh setup' >&2; exit 1; }
}

validate() {
  sqlmesh test
  # SQLMesh takes it for an error to audit what was never built
  case $(sqlmesh environments 2>&1 || true) in
    *'has no environments'* | *'_environments" does not exist'*)
      echo 'No audits: there is no data before the first bash run.sh plan' ;;
    *) sqlmesh audit ;;
  esac
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  setup) setup ;;
  plan | run | validate | query | export | providers)
    need_sqlmesh
    load_env
    case $command in
      plan) sqlmesh plan --auto-apply --no-prompts "$@" ;;
      run) sqlmesh run "$@" ;;
      validate) validate ;;
      query) sqlmesh fetchdf "${1:-SELECT * FROM data_mart.revenue_by_country ORDER BY ALL}" ;;
      export) python export_to_s3.py ;;
      providers) python read_provider.py "$@" ;;
    esac
    ;;
  '') if [ -t 0 ]; then menu; else usage; exit 2; fi ;;
  *) usage; exit 2 ;;
esac
