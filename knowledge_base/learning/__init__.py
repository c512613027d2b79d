"""What a city learns from its citizens and its desk: questions to answer, examples, samples judged, models trained."""
