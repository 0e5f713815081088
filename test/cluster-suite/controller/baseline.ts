import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routerSelector } from '../../../src/operator/install/router.ts';

const routes = [{ port: 80, routerPort: 20_000, protocol: 'http' }];
const original = JSON.stringify({
  spec: { selector: { app: 'pricing' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  managedFields: [],
  routes,
});

const app = readFileSync(join(import.meta.dirname, 'app.mjs'), 'utf8');
const serve = JSON.stringify(['node', '--input-type=module', '--eval', app]);
/** Nothing, until it is told to end: `sleep` alone does not listen as the first process of a container. */
const idle = JSON.stringify(['sh', '-c', 'trap exit TERM; sleep infinity & wait']);

/** A baseline with much of what real ones have, enrolled by hand, and a pod that stands for the router. */
export function baselineYaml(image: string): string {
  return `
apiVersion: v1
kind: ConfigMap
metadata: { name: pricing }
data: { currency: EUR }
---
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: secret }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: pricing, annotations: { seatrial.dev/commit: abc } }
spec:
  replicas: 1
  selector: { matchLabels: { app: pricing } }
  template:
    metadata:
      labels: { app: pricing, shop.example/tier: back }
      annotations: { checksum/config: abc }
    spec:
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      initContainers:
        - { name: prepare, image: "${image}", command: ["true"], envFrom: [{ configMapRef: { name: pricing } }] }
        - { name: helper, image: "${image}", restartPolicy: Always, command: ${idle} }
      containers:
        - { name: second, image: "${image}", command: ${idle} }
        - name: app
          image: "${image}"
          command: ${serve}
          ports: [{ name: web, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: web }, periodSeconds: 1, timeoutSeconds: 5 }
          resources: { requests: { cpu: 5m, memory: 24Mi }, limits: { memory: 128Mi } }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }
          env:
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }
            - { name: TIER, valueFrom: { fieldRef: { fieldPath: "metadata.labels['shop.example/tier']" } } }
            - { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
          volumeMounts:
            - { name: info, mountPath: /info }
            - { name: scratch, mountPath: /tmp }
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: pricing } } }
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: pricing } } }
      tolerations: [{ key: team, operator: Exists }]
      priorityClassName: system-cluster-critical
      terminationGracePeriodSeconds: 5
      volumes:
        - { name: scratch, emptyDir: {} }
        - name: info
          projected:
            sources:
              - configMap: { name: pricing }
              - secret: { name: db }
              - downwardAPI: { items: [{ path: tier, fieldRef: { fieldPath: "metadata.labels['shop.example/tier']" } }] }
              - serviceAccountToken: { path: token }
---
apiVersion: v1
kind: Service
metadata: { name: pricing, annotations: { seatrial.dev/original: '${original}' } }
spec: { selector: ${JSON.stringify(routerSelector)}, ports: [{ name: http, port: 80, targetPort: 20000 }] }
---
apiVersion: v1
kind: Service
metadata:
  name: pricing-seatrial
  labels: { seatrial.dev/role: shadow, seatrial.dev/service: pricing }
  annotations: { seatrial.dev/routes: '${JSON.stringify(routes)}' }
spec: { selector: { app: pricing }, ports: [{ name: http, port: 80, targetPort: web }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: pricing }
spec: { minAvailable: 1, selector: { matchLabels: { app: pricing } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: pricing-from-anyone }
spec: { podSelector: { matchLabels: { app: pricing } }, ingress: [{}] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: seatrial-router }
spec:
  replicas: 1
  selector: { matchLabels: { app: seatrial-router } }
  template:
    metadata: { labels: { app: seatrial-router, seatrial.dev/role: router } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - { name: router, image: "${image}", command: ${serve}, readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 } }
`;
}
