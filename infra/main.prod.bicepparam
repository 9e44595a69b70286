// For customers: a database and messages that outlive a zone, a month to go back to, a network of its own, one instance that is always there.
using 'main.bicep'

param environment = 'prod'
param databaseSku = { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' }
param databaseStorageGb = 128
// 859 of 8 GiB. The pooler takes 150 of them at most, whatever the instances ask for.
param databaseMaxConnections = 859
param highAvailability = true
param geoRedundantBackup = true
param backupDays = 35
param maximumInstances = 100
param alwaysReady = [{ name: 'http', instanceCount: 1 }]
param privateNetwork = true
param storageSku = 'Standard_ZRS'
// Not the instances: it would keep two of some thirty groups always ready, and one that is lost starts elsewhere in seconds.
param zoneRedundant = false
param logDays = 90
param logQuotaGb = 5

// Yours: where people are told of alerts, whose pages may call the API, how mail and SMS go out.
param alertEmails = []
param corsOrigins = []
param settings = {
  ApiDocs__Enabled: 'false'
}
// Each of them once `infra/provision.sh secret NAME` has put its value into the vault.
param secretSettings = []

param databaseOwnerPassword = readEnvironmentVariable('CRM_DATABASE_OWNER_PASSWORD', '')
param deployerPrincipalId = readEnvironmentVariable('CRM_DEPLOYER', '')
