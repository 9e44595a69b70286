// A name of your own, with a certificate that the platform makes and renews.
// Before: a CNAME to the app, and a TXT record asuid.<name> with its verification id.

param location string
param appName string
param planId string
param domain string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource binding 'hostNameBindings' = {
    name: domain
    properties: { siteName: appName, hostNameType: 'Verified' }
  }
}

resource certificate 'Microsoft.Web/certificates@2024-11-01' = {
  name: '${appName}-${domain}'
  location: location
  properties: { serverFarmId: planId, canonicalName: domain }
  dependsOn: [site::binding]
}

// The certificate wants the binding first, and the binding the certificate: so it is written twice.
module secured 'domain-tls.bicep' = {
  name: 'domain-tls'
  params: { appName: appName, domain: domain, thumbprint: certificate.properties.thumbprint }
}
