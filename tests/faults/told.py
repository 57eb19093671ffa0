"""What the processes of a test are told beside the product's settings, as environment variables."""

FATES = "FAULTS_FATES"
SLOW = "FAULTS_SLOW"
ROUND = "FAULTS_ROUND"
# Seconds between a result and its Event.
LINGER = "FAULTS_LINGER"
OFF = "FAULTS_OFF"
SWEEP_EVERY = "FAULTS_SWEEP_EVERY"
REFUSALS = "FAULTS_REFUSALS"
# While this file is among the refusals, the worker is without its guard.
CARELESS = "careless"
# While this one is, a folder takes what is written slowly.
SLUGGISH = "sluggish"
