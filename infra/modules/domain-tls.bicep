// The second half of domain.bicep.

param appName string
param domain string
param thumbprint string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource binding 'hostNameBindings' = {
    name: domain
    properties: { siteName: appName, hostNameType: 'Verified', sslState: 'SniEnabled', thumbprint: thumbprint }
  }
}
