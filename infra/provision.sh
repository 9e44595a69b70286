#!/usr/bin/env bash
# Makes an environment, or brings it to what infra/ says: resources, secrets that are missing, the database's schema and logins.
#   infra/provision.sh ENVIRONMENT [--run]                 everything; without --run only prints what it would do
#   infra/provision.sh ENVIRONMENT [--run] secret NAME     puts a setting's value, read from standard input, into the vault
#   infra/provision.sh ENVIRONMENT [--run] logins NAME     makes logins of another name with a new password, and tells the app
#   infra/provision.sh ENVIRONMENT [--run] admin COMMAND…  runs an admin command of the app's on its database: create-owner, migrate
# Needs az, signed in as an owner of the subscription or of the resource group, the .NET SDK, curl and openssl. CRM_LOCATION (westeurope) says where.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${1:-} dry=yes
[ -f "infra/main.$environment.bicepparam" ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
[ "${1:-}" != --run ] || { dry=no; shift; }
action=${1:-all} name=${2:-}
group=${CRM_RESOURCE_GROUP:-crm-$environment}
. infra/lib.sh
[ "$dry" = yes ] && echo 'Dry run: nothing is carried out. Add --run.'

exists() { [ "$dry" = no ] && az keyvault secret show --vault-name "$1" --name "$2" > /dev/null 2>&1; }

# The value comes from standard input and goes by a file that only we can read: command lines are seen by others.
put_secret() {
  printf '+ (a value from standard input) az keyvault secret set --vault-name %s --name %s\n' "$1" "$2"
  if [ "$dry" = yes ]; then cat > /dev/null; return; fi
  local file
  file=$(umask 077; mktemp)
  cat > "$file"
  [ -s "$file" ] || { rm -f "$file"; die 'There was no value on standard input.'; }
  az keyvault secret set --vault-name "$1" --name "$2" --file "$file" --encoding utf-8 --output none
  rm -f "$file"
}

secret_name() { printf '%s' "$1" | sed 's/__/-/g; s/_/-/g' | tr '[:upper:]' '[:lower:]'; }

# References to the vault are looked up when the app starts, and once a day.
restart() { run az functionapp restart --resource-group "$group" --name "$app" --output none; }

known() {
  app=$(output appName) server=$(output databaseServer) vault=$(output vaultName) owner_vault=$(output ownerVaultName)
  host=$(output databaseHost) port=$(output databasePort) owner=$(output databaseOwner)
}

logins() {
  local login=$1 password=
  [ "$dry" = yes ] || password=$(openssl rand -hex 32)
  printf '%s' "$password" | as_owner dotnet "$work/Crm.Functions.dll" create-logins --name "$login"
  printf 'Host=%s;Port=%s;Database=crm;Username=%s;Password=%s;SSL Mode=VerifyFull' "$host" "$port" "$login" "$password" \
    | put_secret "$vault" database-connectionstring
}

build() {
  work=$(mktemp -d)
  run dotnet publish Crm.Functions -c Release -o "$work"
}

case $action in
  secret)
    [ -n "$name" ] || die 'Which setting? For example SendGrid__ApiKey.'
    known
    put_secret "$vault" "$(secret_name "$name")"
    restart
    exit
    ;;
  logins)
    [ -n "$name" ] || die 'Which name? Not the one in use: crm_login, then crm_login_b, then crm_login again.'
    known
    build
    open_database
    logins "$name"
    close_database
    restart
    exit
    ;;
  admin)
    [ -n "$name" ] || die 'Which command? For example create-owner --organization …'
    shift
    known
    build
    open_database
    as_owner dotnet "$work/Crm.Functions.dll" "$@"
    close_database
    exit
    ;;
  all) ;;
  *) die "Unknown action $action" ;;
esac

say 'Resources'
run az group create --name "$group" --location "${CRM_LOCATION:-westeurope}" --output none
# A new password for the owner of the tables where there is none in the vault: at the first time, and after one that did not come to its end.
password= owner_vault=
[ "$dry" = yes ] || owner_vault=$(az keyvault list --resource-group "$group" --query "[?ends_with(name, '-own')].name" --output tsv)
exists "$owner_vault" database-owner || password=$(openssl rand -hex 32)
CRM_DATABASE_OWNER_PASSWORD=$password run az deployment group create --resource-group "$group" --name main \
  --parameters "infra/main.$environment.bicepparam" --output none
known

say 'Secrets'
me='<you>'
[ "$dry" = yes ] || me=$(az ad signed-in-user show --query id --output tsv)
for each in "$vault" "$owner_vault"; do
  scope="<$each>"
  [ "$dry" = yes ] || scope=$(az keyvault show --name "$each" --query id --output tsv)
  run az role assignment create --assignee-object-id "$me" --assignee-principal-type User --role 'Key Vault Secrets Officer' --scope "$scope" --output none
done
# A new right takes a while to be known everywhere.
[ "$dry" = yes ] || until az keyvault secret list --vault-name "$owner_vault" --output none 2>/dev/null; do sleep 10; done
if [ -n "$password" ]; then
  printf 'Host=%s;Port=5432;Database=crm;Username=%s;Password=%s;SSL Mode=VerifyFull' "$host" "$owner" "$password" | put_secret "$owner_vault" database-owner
fi
exists "$vault" jwt-key || openssl rand -base64 48 | tr -d '\n' | put_secret "$vault" jwt-key

say 'Database'
build
open_database
as_owner dotnet "$work/Crm.Functions.dll" migrate < /dev/null
exists "$vault" database-connectionstring || logins crm_login
close_database
restart

say "Ready for infra/deploy.sh $environment --run"
