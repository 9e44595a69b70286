// The settings of docs/settings.md, each once: either its value stands in the parameters, or it is the name of a secret in the vault.
// A name that is not listed here does not compile; InfrastructureTests compares both lists with what the app reads.

@export()
@description('Settings whose values may be seen. What is left out has the default of docs/settings.md.')
@sealed()
type PlainSettings = {
  @description('Where clients reach the app; the address of the app itself when left out.')
  PUBLIC_BASE_URL: string?
  FRONTEND_URL: string?
  INBOUND_DOMAIN: string?
  Jwt__AccessTokenHours: string?
  Jwt__RefreshTokenDays: string?
  SendGrid__FromEmail: string?
  SendGrid__FromName: string?
  SendGrid__BaseUrl: string?
  SendGrid__WebhookPublicKey: string?
  SendGrid__Batches: string?
  Twilio__AccountSid: string?
  Twilio__From: string?
  Twilio__BaseUrl: string?
  Stripe__PublishableKey: string?
  Stripe__BaseUrl: string?
  Stripe__ScriptUrl: string?
  S3__Bucket: string?
  S3__ServiceUrl: string?
  S3__Region: string?
  S3__PublicUrl: string?
  Exports__DirectRows: string?
  Webhooks__AllowPrivateAddresses: string?
  RateLimit__PerMinute: string?
  ApiDocs__Enabled: string?
  OTEL_EXPORTER_OTLP_ENDPOINT: string?
  OTEL_EXPORTER_OTLP_PROTOCOL: string?
  OTEL_SDK_DISABLED: string?
  Telemetry__TraceRatio: string?
}

@export()
@description('Settings that are references to the vault, besides the two that every app needs. The vault must hold their values before the app starts.')
type SecretSetting =
  | 'Jwt__PreviousKey'
  | 'SendGrid__ApiKey'
  | 'SendGrid__InboundSecret'
  | 'Twilio__AuthToken'
  | 'Stripe__SecretKey'
  | 'Stripe__WebhookSecret'
  | 'S3__AccessKey'
  | 'S3__SecretKey'
  | 'OTEL_EXPORTER_OTLP_HEADERS'

@export()
@description('The name of the secret that holds a setting, such as jwt-key.')
func secretName(setting string) string => toLower(replace(replace(setting, '__', '-'), '_', '-'))
