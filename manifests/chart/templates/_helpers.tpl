{{- define "dormouse.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains "dormouse" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-dormouse" .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "dormouse.labels" -}}
app.kubernetes.io/name: dormouse
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: dormouse
{{- end }}

{{- define "dormouse.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}
{{- else }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* Changes with what it holds, as kustomize's generator has it: pods are made anew. */}}
{{- define "dormouse.region" -}}
{{ include "dormouse.fullname" . }}-region-{{ .Values.region | sha256sum | trunc 10 }}
{{- end }}

{{- /* Where services are looked after: all namespaces, or one. */}}
{{- define "dormouse.watchEnv" -}}
{{- if eq .Values.watchNamespace .Release.Namespace }}
- name: DORMOUSE_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- else if .Values.watchNamespace }}
- name: DORMOUSE_NAMESPACE
  value: {{ .Values.watchNamespace }}
{{- end }}
{{- end }}

{{- define "dormouse.pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
{{- toYaml . | nindent 0 }}
{{- end }}
{{- with .Values.priorityClass.name }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
{{- toYaml . | nindent 0 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "dormouse.podMetadata" -}}
labels:
  app.kubernetes.io/name: dormouse
  app.kubernetes.io/component: {{ .component }}
{{- with .root.Values.podLabels }}
{{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.podAnnotations }}
annotations:
{{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Whom a binding is for. */}}
{{- define "dormouse.subject" -}}
subjects:
- kind: ServiceAccount
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
{{- end }}
