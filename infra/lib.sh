# What provision.sh and deploy.sh share. Sourced, not run.

# Prints a step's command, and carries it out unless this is a dry run.
run() {
  printf '+ %s\n' "$*"
  [ "$dry" = yes ] || "$@"
}

say() { printf '\n== %s\n' "$*"; }

die() { printf '%s\n' "$*" >&2; exit 1; }

# An output of infra/main.bicep, as it was deployed last; in a dry run its name.
output() {
  if [ "$dry" = yes ]; then printf '<%s>' "$1"; return; fi
  az deployment group show --resource-group "$group" --name main --query "properties.outputs.$1.value" --output tsv
}

# Runs an admin command of the app's as the owner of the tables. The connection string goes by the environment: it is never printed, nor on a command line.
as_owner() {
  printf '+ (as the owner of the tables) %s\n' "$*"
  if [ "$dry" = yes ]; then [ -t 0 ] || cat > /dev/null; return; fi
  Database__ConnectionString=$(az keyvault secret show --vault-name "$owner_vault" --name database-owner --query value --output tsv) "$@"
}

# The database's public door, for this machine alone and only as long as it takes. By az rest: the names of the dedicated command's options have changed.
door() {
  local method=$1
  shift
  run az rest --method "$method" --output none "$@" --url \
    "/subscriptions/{subscriptionId}/resourceGroups/$group/providers/Microsoft.DBforPostgreSQL/flexibleServers/$server/firewallRules/$rule?api-version=2025-08-01"
}

open_database() {
  local here='<this machine>'
  [ "$dry" = yes ] || here=$(curl -fsS https://api.ipify.org) || die 'This machine does not know its own address.'
  trap close_database EXIT
  door put --body "{\"properties\":{\"startIpAddress\":\"$here\",\"endIpAddress\":\"$here\"}}"
  # The service answers before it has done it.
  [ "$dry" = yes ] || sleep "${DOOR_SECONDS:-30}"
}

close_database() {
  trap - EXIT
  door delete
}

rule="deploy-$(date +%s)"
