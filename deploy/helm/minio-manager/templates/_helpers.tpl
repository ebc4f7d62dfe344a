{{- define "minio-manager.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" (.Release.Name | trunc 36) .Chart.Name -}}
{{- end -}}
{{- end -}}

{{- define "minio-manager.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "minio-manager.labels" -}}
{{ include "minio-manager.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "minio-manager.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "minio-manager.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* `root`, and in `own` what one kind of process has for itself: an image with another name has its own tag. */}}
{{- define "minio-manager.image" -}}
{{- $image := .root.Values.image -}}
{{- if (.own | default dict).repository -}}
{{- $image = .own -}}
{{- end -}}
{{- $tag := default .root.Chart.AppVersion $image.tag -}}
{{ $image.repository }}:{{ $tag }}{{ if $image.digest }}@{{ $image.digest }}{{ end }}
{{- end -}}

{{- define "minio-manager.podSecurityContext" -}}
runAsNonRoot: true
# `node` of the image
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "minio-manager.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* What the service cannot start without, said before anything is installed. */}}
{{- define "minio-manager.check" -}}
{{- if not .Values.config.MINIO_ENDPOINT -}}
{{- fail "config.MINIO_ENDPOINT must be set: the S3 API of MinIO, http(s)://host:port" -}}
{{- end -}}
{{- range list "MINIO_ROOT_USER" "MINIO_ROOT_PASSWORD" "DATABASE_URL" -}}
{{- if not (index $.Values.secrets .) -}}
{{- fail (printf "secrets.%s must name a Secret and a key in it" .) -}}
{{- end -}}
{{- end -}}
{{- $config := .Values.config -}}
{{- if not (or $config.KBASE_AUTH_URL $config.OIDC_ISSUER $config.JUPYTERHUB_API_URL .Values.secrets.SERVICE_TOKENS) -}}
{{- fail "config.KBASE_AUTH_URL, config.OIDC_ISSUER, config.JUPYTERHUB_API_URL or secrets.SERVICE_TOKENS must be set: otherwise nobody can authenticate" -}}
{{- end -}}
{{- if and .Values.worker.tools.WORKFLOW_TOOLS (eq (int .Values.worker.replicaCount) 0) -}}
{{- fail "worker.replicaCount must not be 0 with worker.tools: only workers run programs" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host must be set with ingress.enabled" -}}
{{- end -}}
{{- end -}}

{{/* A setting as the environment has it: numbers in all their digits, lists with commas. */}}
{{- define "minio-manager.setting" -}}
{{- if kindIs "slice" . -}}
{{- join "," . -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* The first parts of the paths that a reverse proxy gives to the API. Probes and /metrics are not for the world. */}}
{{- define "minio-manager.publicPaths" -}}
{{- $paths := list "access" "access-requests" "admin" "api" "credentials" "data-products" "docs" "grantees" "groups" "me" "openapi.json" "plans" "provision" "provisions" "roles" "ui" "users" "webhooks" -}}
{{- if eq (toString .Values.config.KBASE_COMPAT) "true" -}}
{{- $paths = concat $paths (list "health" "management" "polaris" "sharing" "tenants" "workspaces") -}}
{{- end -}}
{{- join " " $paths -}}
{{- end -}}
