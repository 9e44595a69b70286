#!/usr/bin/env bash
# Whether an app answers as it should: infra/smoke.sh URL [VERSION]. Waits up to five minutes (SMOKE_SECONDS) for the version to show up.
set -euo pipefail
url=${1:?URL} version=${2:-}
deadline=$((SECONDS + ${SMOKE_SECONDS:-300}))

status() { curl -s -o /dev/null -w '%{http_code}' --max-time 30 "$@" || true; }

# Old instances may answer for a while: three right answers one after another.
seen=0
until [ "$seen" -ge 3 ]; do
  answer=$(curl -s --max-time 30 "$url/health" || true)
  case $answer in
    *'"version":"'"$version"*) seen=$((seen + 1)) ;;
    *)
      seen=0
      [ "$SECONDS" -lt "$deadline" ] || { echo "$url/health does not answer with version $version: $answer" >&2; exit 1; }
      sleep 5
      ;;
  esac
done

ready=$(curl -s --max-time 30 "$url/ready" || true)
case $ready in *'"state":"ready"'*) ;; *) echo "$url/ready: $ready" >&2; exit 1 ;; esac

expect() {
  local want=$1 got
  shift
  got=$(status "$@")
  [ "$got" = "$want" ] || { echo "$*: $got instead of $want" >&2; exit 1; }
}
# The pipeline, the database and the password check; the fallback's error page; the door that is shut.
expect 401 -X POST "$url/auth/login" -H 'Content-Type: application/json' -d '{"email":"smoke-test@example.com","password":"not a password"}'
expect 404 "$url/no-such-path"
expect 401 "$url/contacts"
echo "$url is up, ready and locked."
