"""What proves who somebody is beside a password: passkeys, authenticator apps and recovery codes."""
