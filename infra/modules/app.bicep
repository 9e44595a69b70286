// The function app on the Flex Consumption plan.

import { PlainSettings, SecretSetting, secretName } from '../settings.bicep'

param location string
param name string
param tags object
param identity { id: string, clientId: string }
param storageName string
param packageUrl string
param vaultName string
param insightsConnectionString string
param plain PlainSettings
param secrets SecretSetting[]
param instanceMemoryMB int
param maximumInstances int
param httpConcurrency int
param alwaysReady { name: string, instanceCount: int }[]
param queueBatchSize int
param queueNewBatchThreshold int
param usePlaceholder bool
param corsOrigins string[]
param zoneRedundant bool

@description('Empty: the app is in no network of its own.')
param subnetId string

param deployerPrincipalId string

var websiteContributor = 'de139f84-1756-47ae-9be6-808fbbe84772'

// What host and platform read.
var platform = {
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  AzureWebJobsDisableHomepage: 'true'
  AzureFunctionsJobHost__extensions__queues__batchSize: string(queueBatchSize)
  AzureFunctionsJobHost__extensions__queues__newBatchThreshold: string(queueNewBatchThreshold)
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED: usePlaceholder ? '1' : '0'
}
// What the app reads and this template decides.
var own = {
  PUBLIC_BASE_URL: 'https://${site.properties.defaultHostName}'
  Database__OwnLogins: 'true'
  ClientAddress__TrustFrontEnd: 'true'
  // Logs are paid for by the gigabyte, and all of them are dropped once the day's quota is used up; metrics count everything all the same.
  Telemetry__TraceRatio: '0.1'
}
var references = toObject(
  concat(['Database__ConnectionString', 'Jwt__Key'], secrets),
  setting => setting,
  setting => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${secretName(setting)})'
)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: '${name}-plan'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      // The platform answers preflight requests itself; bearer tokens need no credentials of the browser's.
      cors: { allowedOrigins: corsOrigins, supportCredentials: false }
    }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(own, plain, platform, references)
  }

  // Publishing by user name and password is another way in, and a secret: off.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource deployerRights 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(site.id, deployerPrincipalId, websiteContributor)
  scope: site
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', websiteContributor)
    principalId: deployerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output name string = site.name
output host string = site.properties.defaultHostName
output planId string = plan.id
