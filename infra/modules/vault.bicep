// The vault. Its values come from infra/provision.sh and from people, never from a template: only the right to read them does.

param location string
param name string
param tags object
param appPrincipalId string
param deployerPrincipalId string

@description('Whether deleted secrets, and the vault, are safe from being removed for good for 90 days. It cannot be switched off again.')
param purgeProtection bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: purgeProtection ? true : null
    softDeleteRetentionInDays: 90
    publicNetworkAccess: 'Enabled'
  }
}

resource appMayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// In a vault of its own, so that the app, which may read this vault, cannot become the owner of its tables.
resource ownerVault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: '${name}-own'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: purgeProtection ? true : null
    softDeleteRetentionInDays: 90
    publicNetworkAccess: 'Enabled'
  }
}

resource deployerMayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(ownerVault.id, deployerPrincipalId, secretsUser)
  scope: ownerVault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: deployerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output name string = vault.name
output ownerName string = ownerVault.name
