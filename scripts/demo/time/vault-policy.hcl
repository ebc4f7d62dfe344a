path "secret/data/teams/*"     { capabilities = ["create", "update", "patch"] }
path "secret/metadata/teams/*" { capabilities = ["read", "create", "update"] }
path "secret/subkeys/teams/*"  { capabilities = ["read"] }
path "secret/destroy/teams/*"  { capabilities = ["update"] }
# logins of programs in Kubernetes, for the team KBase: its namespaces begin with its name, and so do roles and policies
path "auth/kubernetes/role/kbase*" { capabilities = ["read", "create", "update", "delete"] }
path "sys/policies/acl/kbase*"     { capabilities = ["read", "create", "update", "delete"] }
