{{/* A Deployment of one kind of process: `root`, `component` (api or worker), `role`. */}}
{{- define "minio-manager.deployment" -}}
{{- $root := .root -}}
{{- $own := index $root.Values .component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "minio-manager.fullname" $root }}-{{ .component }}
  labels:
    {{- include "minio-manager.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  replicas: {{ $own.replicaCount }}
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- include "minio-manager.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  template:
    metadata:
      labels:
        {{- include "minio-manager.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
        # not the pod of `helm test`
        minio-manager/process: 'true'
      annotations:
        # files are read at the start
        checksum/files: {{ include "minio-manager.files" $root | sha256sum }}
        {{- with $own.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "minio-manager.pod" . | nindent 6 }}
{{- end -}}

{{- define "minio-manager.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $own := index $values .component -}}
serviceAccountName: {{ include "minio-manager.serviceAccountName" $root }}
automountServiceAccountToken: {{ $values.serviceAccount.mountToken }}
# A Service beside this one would otherwise add variables to the environment.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "minio-manager.podSecurityContext" . | nindent 2 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "minio-manager.selector" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
{{- with $own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: minio-manager
    image: {{ include "minio-manager.image" (dict "root" $root "own" $own.image) | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    securityContext:
      {{- include "minio-manager.securityContext" . | nindent 6 }}
    ports:
      - { name: http, containerPort: 8090 }
    env:
      {{- include "minio-manager.env" . | nindent 6 }}
    # Migrations run before the service listens; several replicas take turns.
    startupProbe:
      httpGet: { path: /livez, port: http }
      periodSeconds: 2
      timeoutSeconds: 2
      failureThreshold: 300
    livenessProbe:
      httpGet: { path: /livez, port: http }
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 3
    readinessProbe:
      httpGet: { path: /readyz, port: http }
      periodSeconds: 5
      timeoutSeconds: 3
      failureThreshold: 2
    lifecycle:
      # Proxies still send requests until they have heard that this pod ends.
      preStop:
        exec: { command: [sleep, '5'] }
    resources:
      {{- toYaml $own.resources | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
      {{- if and (eq .component "worker") $values.worker.tools.WORKFLOW_TOOLS }}
      - { name: tools, mountPath: /var/lib/minio-manager }
      {{- end }}
      - { name: secrets, mountPath: /etc/minio-manager/secrets, readOnly: true }
      {{- if or $values.targets $values.workflowPolicy }}
      - { name: files, mountPath: /etc/minio-manager/files, readOnly: true }
      {{- end }}
      {{- range $values.mountedSecrets }}
      - { name: {{ printf "mounted-%s" . | trunc 63 | trimSuffix "-" }}, mountPath: /etc/minio-manager/mounted/{{ . }}, readOnly: true }
      {{- end }}
      {{- if $values.caCertificates }}
      - { name: ca-certificates, mountPath: /etc/minio-manager/ca, readOnly: true }
      {{- end }}
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  {{- include "minio-manager.volumes" $root | nindent 2 }}
  {{- if and (eq .component "worker") $values.worker.tools.WORKFLOW_TOOLS }}
  # Programs of steps work there, with secrets in files.
  - name: tools
    emptyDir: { sizeLimit: 1Gi }
  {{- end }}
{{- end -}}

{{- define "minio-manager.env" -}}
{{- $values := .root.Values -}}
- { name: HOST, value: 0.0.0.0 }
- { name: PORT, value: '8090' }
- { name: ROLE, value: {{ .role }} }
{{- range $name, $value := $values.config }}
{{- if not (kindIs "invalid" $value) }}
- { name: {{ $name }}, value: {{ include "minio-manager.setting" $value | quote }} }
{{- end }}
{{- end }}
{{- if and (eq .component "worker") $values.worker.tools.WORKFLOW_TOOLS }}
- { name: DATA_DIR, value: /var/lib/minio-manager }
{{- range $name, $value := $values.worker.tools }}
{{- if not (kindIs "invalid" $value) }}
- { name: {{ $name }}, value: {{ include "minio-manager.setting" $value | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := $values.secrets }}
{{- if $value }}
- { name: {{ $name }}_FILE, value: /etc/minio-manager/secrets/{{ $name }} }
{{- end }}
{{- end }}
{{- if $values.targets }}
- { name: TARGETS_FILE, value: /etc/minio-manager/files/targets.yaml }
{{- end }}
{{- if $values.workflowPolicy }}
- { name: WORKFLOW_POLICY_FILE, value: /etc/minio-manager/files/policy.yaml }
{{- end }}
{{- if $values.caCertificates }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/minio-manager/ca/ca.crt }
{{- end }}
{{- end -}}

{{- define "minio-manager.volumes" -}}
# Signatures of providers are checked in files.
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $name, $value := .Values.secrets }}
      {{- if $value }}
      - secret:
          name: {{ $value.name }}
          items: [{ key: {{ $value.key | quote }}, path: {{ $name }} }]
      {{- end }}
      {{- end }}
{{- if or .Values.targets .Values.workflowPolicy }}
- name: files
  configMap:
    name: {{ include "minio-manager.fullname" . }}
{{- end }}
{{- range .Values.mountedSecrets }}
- name: {{ printf "mounted-%s" . | trunc 63 | trimSuffix "-" }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.caCertificates }}
- name: ca-certificates
  configMap:
    name: {{ .name }}
    items: [{ key: {{ .key | quote }}, path: ca.crt }]
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "minio-manager.files" -}}
{{- with .Values.targets }}
targets.yaml: |
  {{- toYaml (dict "targets" .) | nindent 2 }}
{{- end }}
{{- with .Values.workflowPolicy }}
policy.yaml: |
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
