"""The configuration: one TOML file, validated whole."""
