#!/usr/bin/env bash
# Brings a version of the app to an environment: checks, package, migrations, upload, smoke test; and the version before, should the smoke test fail.
#   infra/deploy.sh ENVIRONMENT [--run] [--skip-checks] [--rollback VERSION]
# Without --run it only prints what it would do. ENVIRONMENT is dev or prod (infra/main.<ENVIRONMENT>.bicepparam); its resource group is crm-<ENVIRONMENT>,
# or CRM_RESOURCE_GROUP. Needs az, signed in (az login; in GitHub by OIDC), the .NET SDK, zip and curl.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${1:-} dry=yes checks=yes rollback=
[ -f "infra/main.$environment.bicepparam" ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
while [ $# -gt 0 ]; do
  case $1 in
    --run) dry=no ;;
    --skip-checks) checks=no ;;
    --rollback) rollback=${2:?--rollback wants a version}; shift ;;
    *) echo "Unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
group=${CRM_RESOURCE_GROUP:-crm-$environment}
. infra/lib.sh
[ "$dry" = yes ] && echo 'Dry run: nothing is carried out. Add --run.'

app=$(output appName) url=$(output url) storage=$(output storageName) server=$(output databaseServer) owner_vault=$(output ownerVaultName)
work=$(mktemp -d)

upload() { run az storage blob upload --auth-mode login --account-name "$storage" --container-name releases --overwrite --no-progress --output none "$@"; }
download() { run az storage blob download --auth-mode login --account-name "$storage" --container-name releases --no-progress --output none "$@"; }

# Uploads a package, which the platform then starts from.
install() { run az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$1" --output none; }

# A version that was released before. Its migrations are there already, and what came after tolerates it.
install_release() {
  download --name "$1.zip" --file "$work/$1.zip"
  install "$work/$1.zip"
  run infra/smoke.sh "$url" "$1"
}

if [ -n "$rollback" ]; then
  say "Back to $rollback"
  install_release "$rollback"
  printf '%s' "$rollback" > "$work/current"
  upload --name current --file "$work/current"
  exit
fi

version=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || [ "$dry" = yes ] || die 'There are changes that are not committed: a version is a commit.'

if [ "$checks" = yes ]; then
  say 'Build and test'
  run bash .ci/run
fi

say 'Package'
run dotnet publish Crm.Functions -c Release -r linux-x64 --self-contained false -o "$work/app"
package=$work/$version.zip
run sh -c "cd '$work/app' && zip -qr '$package' ."
upload --name "$version.zip" --file "$package"

# Before the new version: the one that still runs tolerates a schema that is one step ahead.
say 'Migrate'
open_database
as_owner dotnet "$work/app/Crm.Functions.dll" migrate < /dev/null
close_database

say 'Deploy'
install "$package"

say 'Smoke test'
if ! run infra/smoke.sh "$url" "$version"; then
  say 'The smoke test failed: back to the version before'
  if download --name current --file "$work/current"; then
    install_release "$(cat "$work/current")"
  else
    echo 'There is no version before.' >&2
  fi
  die "$version was not released."
fi

printf '%s' "$version" > "$work/current"
upload --name current --file "$work/current"
say "$url runs $version"
