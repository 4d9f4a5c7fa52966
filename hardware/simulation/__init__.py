"""The level shifter, Data Request and the supply, simulated with ngspice: README.md."""
