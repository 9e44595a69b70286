// To try things out: sleeps for nothing, forgives everything, costs the least.
using 'main.bicep'

param environment = 'dev'
param databaseSku = { name: 'Standard_B2s', tier: 'Burstable' }
// 429 of 4 GiB; 16 an instance.
param databaseMaxConnections = 429
param maximumInstances = 20
param purgeProtection = false
param logDays = 30
param logQuotaGb = 1
param corsOrigins = ['http://localhost:3000', 'http://localhost:5173']
param settings = {
  SendGrid__FromName: 'Crm (dev)'
}

param databaseOwnerPassword = readEnvironmentVariable('CRM_DATABASE_OWNER_PASSWORD', '')
param deployerPrincipalId = readEnvironmentVariable('CRM_DEPLOYER', '')
