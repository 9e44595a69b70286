// What wakes somebody. docs/operations.md says of each alert what it means and what to do; AlertTests compares the names.

param location string
param name string
param tags object

@description('Who is told. Empty: alerts are only listed in the portal.')
param emails string[]

param workspaceId string
param databaseId string

@description('Connections that the database accepts, by its size.')
param maxConnections int

@description('Seconds that a message may wait.')
param queueAgeSeconds int

// The function WatchQueues writes one such line for each queue that is not empty.
var queueLines = 'AppTraces | where Message startswith "Queue " and Message has " holds " | parse Message with "Queue " Queue " holds " Messages:long " message(s), the oldest for " Age:long " s"'

var queries = [
  {
    name: 'poison-messages'
    description: 'Messages failed five times and wait in a poison queue.'
    severity: 1
    window: 'PT15M'
    query: '${queueLines} | where Queue endswith "-poison" and Messages > 0 | distinct Queue'
    threshold: 0
  }
  {
    name: 'queue-age'
    description: 'Messages wait longer than they should.'
    severity: 2
    window: 'PT15M'
    query: '${queueLines} | where Queue !endswith "-poison" and Age > ${queueAgeSeconds} | distinct Queue'
    threshold: 0
  }
  {
    name: 'server-errors'
    description: 'More than five requests in five minutes were answered with a status of 500 or more.'
    severity: 1
    window: 'PT5M'
    query: 'AppRequests | where toint(ResultCode) >= 500'
    threshold: 5
  }
  {
    name: 'function-failures'
    description: 'Timers or queue functions failed again and again.'
    severity: 2
    window: 'PT15M'
    query: 'AppRequests | where Success == false and isempty(Url)'
    threshold: 10
  }
  {
    name: 'worker-crashes'
    description: 'The worker process ended by a signal: 139 is a crash in native code, 134 an abort, 137 too much memory.'
    severity: 2
    window: 'PT15M'
    query: 'union AppTraces, AppExceptions | extend Text = strcat(Message, " ", column_ifexists("OuterMessage", "")) | where Text matches regex @"exited with code (134|137|139)\\b"'
    threshold: 0
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${name}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'crm'
    emailReceivers: [for (email, index) in emails: { name: 'person-${index}', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in queries: {
  name: '${name}-${alert.name}'
  location: location
  tags: tags
  properties: {
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: alert.window
    autoMitigate: true
    // A workspace that has seen no request yet has no such table.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: alert.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: empty(emails) ? [] : [people.id] }
  }
}]

resource standstill 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-standstill'
  location: location
  tags: tags
  properties: {
    description: 'The outbox has not been swept for a quarter of an hour: the app does not start, or cannot reach its storage.'
    severity: 0
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          // A call that succeeded did all of it. One in which something failed says which works were done; but when much is logged, not all lines are kept.
          query: 'union isfuzzy=true (AppRequests | where OperationName == "RunTimers" and Success == true), (AppTraces | where Message startswith "Timers ran " and Message has "SweepOutbox")'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: empty(emails) ? [] : [people.id] }
  }
}

var metrics = [
  {
    name: 'database-connections'
    description: 'Four fifths of the connections that the database accepts are in use.'
    metric: 'active_connections'
    threshold: maxConnections * 4 / 5
  }
  {
    name: 'database-cpu'
    description: 'The database has been busy to nine tenths for a quarter of an hour.'
    metric: 'cpu_percent'
    threshold: 90
  }
  {
    name: 'database-storage'
    description: 'Four fifths of the disk are full; at the end the database only reads.'
    metric: 'storage_percent'
    threshold: 80
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in metrics: {
  name: '${name}-${alert.name}'
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    severity: 2
    enabled: true
    scopes: [databaseId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: alert.name
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
          metricName: alert.metric
          operator: 'GreaterThan'
          threshold: alert.threshold
          timeAggregation: 'Average'
        }
      ]
    }
    actions: empty(emails) ? [] : [{ actionGroupId: people.id }]
  }
}]
