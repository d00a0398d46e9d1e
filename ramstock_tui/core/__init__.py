"""The pure engine: no clock, no I/O, no framework; integers for prices; time only from inputs."""
