-- Appended to every script: one line that is easy to read by a program. The duration is in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, errors.status, errors.timeout, errors.connect + errors.read + errors.write))
end
