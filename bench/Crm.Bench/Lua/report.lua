-- Appended to every script: one line that is easy to read by a program. Latencies in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50), latency:percentile(95),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
