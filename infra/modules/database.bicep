// PostgreSQL, its own pooler, and what the migrations need of a server.

param location string
param name string
param tags object

@description('The app needs 18 or newer: its statements use uuidv7().')
param version string

param sku { name: string, tier: ('Burstable' | 'GeneralPurpose' | 'MemoryOptimized') }
param storageGb int
param backupDays int
param geoRedundantBackup bool
param highAvailability bool
param administrator string

@secure()
@description('Only at the first deployment, and to change it; empty leaves it as it is.')
param administratorPassword string

@description('Whether other Azure services, the app among them, reach the public address. Not needed with a network of its own.')
param openToAzure bool

@description('Who may open the door for the moment of a migration; empty for nobody.')
param deployerPrincipalId string

var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
var hasPooler = sku.tier != 'Burstable'

// Server parameters are changed one after another: the service refuses two at a time.
var always = [
  { name: 'azure.extensions', value: 'BTREE_GIN,PG_TRGM' }
  { name: 'require_secure_transport', value: 'ON' }
  { name: 'ssl_min_protocol_version', value: 'TLSv1.2' }
  { name: 'password_encryption', value: 'SCRAM-SHA-256' }
  // A statement that takes longer is worth a line; its comment names the file it comes from.
  { name: 'log_min_duration_statement', value: '1000' }
  // A process that lost its instance in the middle of a transaction must not hold its locks for ever.
  { name: 'idle_in_transaction_session_timeout', value: '60000' }
]
// Transaction pooling. The app prepares its statements by the protocol, which the pooler follows when it may remember that many a connection.
var pooler = [
  { name: 'pgbouncer.enabled', value: 'true' }
  { name: 'pgbouncer.pool_mode', value: 'transaction' }
  { name: 'pgbouncer.max_prepared_statements', value: '200' }
  { name: 'pgbouncer.default_pool_size', value: '50' }
  { name: 'pgbouncer.max_client_conn', value: '5000' }
]

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: sku
  properties: {
    version: version
    administratorLogin: administrator
    ...(empty(administratorPassword) ? {} : { administratorLoginPassword: administratorPassword })
    authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Enabled' }
    storage: { storageSizeGB: storageGb, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: backupDays, geoRedundantBackup: geoRedundantBackup ? 'Enabled' : 'Disabled' }
    highAvailability: { mode: highAvailability ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: 'Enabled' }
  }

  resource database 'databases' = {
    name: 'crm'
    properties: { charset: 'UTF8', collation: 'en_US.utf8' }
  }

  // The rule that the portal calls "allow access from any Azure service".
  resource azureServices 'firewallRules' = if (openToAzure) {
    name: 'azure-services'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  }
}

@batchSize(1)
resource parameters 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = [for parameter in concat(always, hasPooler ? pooler : []): {
  parent: server
  name: parameter.name
  properties: { value: parameter.value, source: 'user-override' }
}]

resource deployerRights 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(server.id, deployerPrincipalId, contributor)
  scope: server
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
    principalId: deployerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output id string = server.id
output name string = server.name
output host string = server.properties.fullyQualifiedDomainName
output port int = hasPooler ? 6432 : 5432
