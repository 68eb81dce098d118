#!/usr/bin/env bash
# All that CI checks besides tests. Runs every check even if one fails; prints what failed once more at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=()
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step() {
  local name=$1
  shift
  local out
  if out=$("$@" 2>&1); then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    echo "$out" | sed 's/^/        /'
    failed+=("$name")
  fi
}

# In CI every check runs; at home a missing tool is named and its check left out.
missing() {
  echo "missing $1: its check is left out (apt-get install $2)"
  if [ -n "${CI:-}" ]; then failed+=("$1"); fi
}

deploy_check() {
  local key
  key=$($bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')
  env SECRET_KEY="$key" PUBLIC_URL=https://desk.example ALLOWED_HOSTS=desk.example DEBUG=0 \
    DATA_DIR="$scratch" $bin/python manage.py check --deploy --fail-level WARNING
}

migrations() {
  env DATA_DIR="$scratch" $bin/python manage.py makemigrations --check --dry-run
}

javascript() {
  local status=0 file
  while IFS= read -r -d '' file; do node --check "$file" || status=1; done \
    < <(git ls-files -z --cached --others --exclude-standard '*.js' '*.mjs')
  return $status
}

compose() {
  local profile services
  export SECRET_KEY=x POSTGRES_PASSWORD=x LLM_API_KEY=x ALLOWED_HOSTS=desk.example PUBLIC_URL=https://desk.example
  for profile in cpu gpu; do
    "${compose_command[@]}" --file docker-compose.yml --profile "$profile" config --quiet || return 1
    services=$("${compose_command[@]}" --file docker-compose.yml --profile "$profile" config --services) || return 1
    grep -qx "model-$profile" <<<"$services" || { echo "profile $profile has no service model-$profile"; return 1; }
  done
  # Secrets have no default: without them the file must be refused.
  if env -u SECRET_KEY "${compose_command[@]}" --file docker-compose.yml config --quiet 2>/dev/null; then
    echo "docker-compose.yml was accepted without SECRET_KEY"
    return 1
  fi
}

step "format" $bin/ruff format --check .
step "lint" $bin/ruff check .
step "types" $bin/mypy
step "import layers" $bin/lint-imports
step "migrations" migrations
step "deploy check" deploy_check

if docker compose version >/dev/null 2>&1; then compose_command=(docker compose); else compose_command=(docker-compose); fi
if command -v "${compose_command[0]}" >/dev/null; then step "compose file" compose; else missing "docker compose" docker-compose; fi
if command -v node >/dev/null; then step "JavaScript syntax" javascript; else missing node nodejs; fi

if ((${#failed[@]})); then
  echo
  printf 'Failed: %s\n' "${failed[@]}"
  exit 1
fi
