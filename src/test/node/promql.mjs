// usage: node promql.mjs
//
// Reads PromQL from stdin, one expression a line, and reports each as it is understood by Prometheus' own grammar:
//   query{expression, error?, selectors: [{metric, labels: [{name, value?}]}], labels: [...]} ; `labels` are those of by() and without()

import { parser } from '@prometheus-io/lezer-promql';
import { createInterface } from 'node:readline';
import { report } from './json-lines.mjs';

for await (const expression of createInterface({ input: process.stdin })) {
  report('query', { expression, ...understood(expression) });
}

function understood(expression) {
  const selectors = [];
  const labels = [];
  let error;
  const text = (node) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) error ??= `at ${node.from}: ${text(node) || 'something is missing'}`;
      if (node.name === 'VectorSelector') selectors.push({ metric: text(node.node.getChild('Identifier') ?? node), labels: [] });
      if (node.name === 'UnquotedLabelMatcher') {
        const [name, , value] = text(node).split(/(=~|!~|!=|=)/);
        selectors.at(-1).labels.push({ name: name.trim(), value: value.trim() });
      }
      if (node.name === 'GroupingLabels') labels.push(...text(node).replace(/[()\s]/g, '').split(',').filter(Boolean));
    },
  });
  return { error, selectors, labels };
}
