// Everything that Crm needs in one resource group. docs/deploy.md walks through it; main.dev.bicepparam and main.prod.bicepparam are its two sizes.

import { PlainSettings, SecretSetting } from 'settings.bicep'

@description('Short for the environment; a part of every name.')
@minLength(2)
@maxLength(6)
param environment string

param location string = resourceGroup().location
param tags object = { app: 'crm', environment: environment }

// ---- The app

@description('Settings whose values may be seen: docs/settings.md.')
param settings PlainSettings = {}

@description('Settings whose values are in the vault, besides Database__ConnectionString and Jwt__Key. A reference to what it does not hold stops the app.')
param secretSettings SecretSetting[] = []

@description('Origins whose pages may call the API, such as https://app.example.com.')
param corsOrigins string[] = []

@description('A name of your own for the API; empty for none. Set its DNS records first.')
param customDomain string = ''

@description('Memory, and with it the share of a processor. 512 has a quarter of one: enough to try things out, slow at a cold start.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The end of scaling out. Each instance may open 16 connections to the pooler, or to the database itself where there is none.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Requests at a time in an instance before another one starts. A request mostly waits for one of eight connections: four for each keep them busy.')
param httpConcurrency int = 32

@description('Instances that wait for work: none costs nothing and starts cold. All HTTP functions are the group "http", a queue function is "function:SendEmail".')
param alwaysReady { name: string, instanceCount: int }[] = []

@description('Queue messages fetched at a time; with the threshold below, the most that an instance handles at once. As in host.json, where it was measured.')
param queueBatchSize int = 6

@description('Messages that are still at work when the next ones are fetched.')
param queueNewBatchThreshold int = 2

@description('Start from the platform\'s warmed-up .NET process. Off where it crashes: docs/operations.md, "worker-crashes".')
param usePlaceholder bool = true

// ---- The database

@description('18 or newer: the app uses uuidv7().')
param postgresVersion string = '18'

param databaseSku { name: string, tier: ('Burstable' | 'GeneralPurpose' | 'MemoryOptimized') }
param databaseStorageGb int = 32

@description('What the database accepts, by its size: https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-limits')
param databaseMaxConnections int

@minValue(7)
@maxValue(35)
param backupDays int = 7

param geoRedundantBackup bool = false
param highAvailability bool = false

@description('The owner of the tables, as whom migrations run. The app never signs in with it.')
param databaseOwner string = 'crm_owner'

@secure()
@description('Only at the first deployment, and to change it. infra/provision.sh makes one and keeps it in the vault.')
param databaseOwnerPassword string = ''

// ---- The rest

@description('A network of its own between app and database. Without it the database lets other Azure services in, behind TLS and its passwords.')
param privateNetwork bool = false

@description('Instances in several zones. The platform then keeps two always-ready instances of every group: of the HTTP functions, of each queue, of each timer.')
param zoneRedundant bool = false

@description('How stored messages and packages are copied: Standard_ZRS in three zones.')
param storageSku ('Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS') = 'Standard_LRS'

@description('The service principal that deploys new versions; empty for nobody.')
param deployerPrincipalId string = ''

param alertEmails string[] = []
param queueAgeSeconds int = 600
param logDays int = 30
param logQuotaGb int = 2

@description('Whether deleted secrets cannot be removed for good for 90 days.')
param purgeProtection bool = true

var name = 'crm-${environment}-${take(uniqueString(resourceGroup().id), 6)}'
var compact = replace(name, '-', '')
// Derived: the page of all functions has a line for each queue.
var queueLines = filter(split(loadTextContent('../docs/functions.txt'), '\n'), line => startsWith(line, 'queue '))
var queues = map(queueLines, line => split(trim(substring(line, 6)), ' ')[0])

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { location: location, name: '${name}-app', tags: tags }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    name: '${compact}data'
    tags: tags
    sku: storageSku
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: deployerPrincipalId
    queues: queues
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    location: location
    name: name
    tags: tags
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: deployerPrincipalId
    purgeProtection: purgeProtection
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    name: name
    tags: tags
    appPrincipalId: identity.outputs.principalId
    retentionDays: logDays
    dailyQuotaGb: logQuotaGb
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    location: location
    name: '${name}-db'
    tags: tags
    version: postgresVersion
    sku: databaseSku
    storageGb: databaseStorageGb
    backupDays: backupDays
    geoRedundantBackup: geoRedundantBackup
    highAvailability: highAvailability
    administrator: databaseOwner
    administratorPassword: databaseOwnerPassword
    openToAzure: !privateNetwork
    deployerPrincipalId: deployerPrincipalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  params: { location: location, name: name, tags: tags, databaseId: database.outputs.id }
}

module app 'modules/app.bicep' = {
  name: 'app'
  params: {
    location: location
    name: name
    tags: tags
    identity: { id: identity.outputs.id, clientId: identity.outputs.clientId }
    storageName: storage.outputs.name
    packageUrl: storage.outputs.packageUrl
    vaultName: vault.outputs.name
    insightsConnectionString: monitoring.outputs.connectionString
    plain: union(empty(customDomain) ? {} : { PUBLIC_BASE_URL: 'https://${customDomain}' }, settings)
    secrets: secretSettings
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    httpConcurrency: httpConcurrency
    alwaysReady: alwaysReady
    queueBatchSize: queueBatchSize
    queueNewBatchThreshold: queueNewBatchThreshold
    usePlaceholder: usePlaceholder
    corsOrigins: corsOrigins
    zoneRedundant: zoneRedundant
    subnetId: network.?outputs.appSubnetId ?? ''
    deployerPrincipalId: deployerPrincipalId
  }
}

module domain 'modules/domain.bicep' = if (!empty(customDomain)) {
  name: 'domain'
  params: { location: location, appName: app.outputs.name, planId: app.outputs.planId, domain: customDomain }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    name: name
    tags: tags
    emails: alertEmails
    workspaceId: monitoring.outputs.workspaceId
    databaseId: database.outputs.id
    maxConnections: databaseMaxConnections
    queueAgeSeconds: queueAgeSeconds
  }
}

output appName string = app.outputs.name
output url string = empty(customDomain) ? 'https://${app.outputs.host}' : 'https://${customDomain}'
output appHost string = app.outputs.host
output storageName string = storage.outputs.name
output vaultName string = vault.outputs.name
output ownerVaultName string = vault.outputs.ownerName
output databaseServer string = database.outputs.name
output databaseHost string = database.outputs.host
output databasePort int = database.outputs.port
output databaseOwner string = databaseOwner
