path "secret/data/teams/*"     { capabilities = ["create", "update", "patch"] }
path "secret/metadata/teams/*" { capabilities = ["read", "create", "update"] }
path "secret/subkeys/teams/*"  { capabilities = ["read"] }
path "secret/destroy/teams/*"  { capabilities = ["update"] }
