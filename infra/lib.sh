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

# The database's public door, for this machine alone and only as long as it takes.
open_database() {
  local here='<this machine>'
  [ "$dry" = yes ] || here=$(curl -fsS https://api.ipify.org) || die 'This machine does not know its own address.'
  trap close_database EXIT
  run az postgres flexible-server firewall-rule create --resource-group "$group" --name "$server" --rule-name "$rule" \
    --start-ip-address "$here" --end-ip-address "$here" --output none
}

close_database() {
  trap - EXIT
  run az postgres flexible-server firewall-rule delete --resource-group "$group" --name "$server" --rule-name "$rule" --yes --output none
}

rule="deploy-$(date +%s)"
