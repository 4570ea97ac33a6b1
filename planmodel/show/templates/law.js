// The joint normal in the reader's browser: the formulas of planmodel/law/forms.py and quantity.py, which
// tests/law/test_forms.py compares case by case.
"use strict";
const normalLaw = ({nodes, weights}) => {

// Hart's (1968) rational approximation of the normal distribution function, to double precision, as West (2005)
// gives it.
const ABOVE = [0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376];
const BELOW = [0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
  637.333633378831, 793.826512519948, 440.413735824752];

function normal(x) {
  const z = Math.abs(x);
  if (z > 37) return x > 0 ? 1 : 0;
  const e = Math.exp(-z * z / 2);
  let tail;
  if (z < 7.07106781186547) {
    let above = ABOVE[0], below = BELOW[0];
    for (let k = 1; k < ABOVE.length; k++) above = above * z + ABOVE[k];
    for (let k = 1; k < BELOW.length; k++) below = below * z + BELOW[k];
    tail = e * above / below;
  } else {
    tail = e / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
  }
  return x > 0 ? 1 - tail : tail;
}

// --- forms -------------------------------------------------------------------------------------------------

const logShare = x => x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
const share = x => Math.exp(logShare(x));
const logitOfExp = log => log < 0 ? log - Math.log(-Math.expm1(log)) : Infinity;
const logDifference = (total, addend) =>
  addend < total ? total + Math.log(-Math.expm1(addend - total)) : -Infinity;

// A form of one variable: log of the value over its scale, the least U that reaches a level, the slope of the log.
const LOG = {logValue: u => u, edge: level => level, slope: () => 1};
const LOGIT = {logValue: logShare, edge: logitOfExp, slope: u => share(-u)};

// What is read off (U, X): the same, with the least X that reaches a level when U is known.
const SUM = {
  logValue: (u, x) => Math.max(u, x) + Math.log1p(Math.exp(-Math.abs(u - x))),
  edge: logDifference,
  edgeSecond: logDifference,
  slopes: (u, x) => [share(u - x), share(x - u)],
};
const whole = form => ({
  logValue: u => form.logValue(u),
  edge: level => form.edge(level),
  slopes: u => [form.slope(u), 0],
});
const part = form => ({
  logValue: (u, x) => form.logValue(u) + logShare(x),
  edge: (level, x) => form.edge(level - logShare(x)),
  edgeSecond: (level, u) => logitOfExp(level - form.logValue(u)),
  slopes: (u, x) => [form.slope(u), share(-x)],
});
const alone = form => ({whole: whole(form), part: part(form)});

// A new form is its formulas above and a line here.
const FORMS = {
  log: alone(LOG),
  logit: alone(LOGIT),
  sum: {part: SUM},
};
const reading = ({form, curved}) => FORMS[form][curved ? "part" : "whole"];

// --- what is read off ----------------------------------------------------------------------------------------

function tail(edge, mean, sd) {
  if (sd > 0) return normal((mean - edge) / sd);
  return mean - edge >= -1e-12 * Math.max(Math.abs(edge), 1) ? 1 : 0;
}

// P(value ≥ scale·exp(level)): a normal probability; for parts and sums the integral over the variable that
// matters less of the other's conditional probability.
function above(quantity, m, level) {
  const read = reading(quantity);
  if (!quantity.curved) return tail(read.edge(level), m.u, Math.sqrt(m.uu));
  const [byU, byX] = read.slopes(m.u, m.x), sdU = Math.sqrt(m.uu), sdX = Math.sqrt(m.xx);
  const overX = byX * sdX <= byU * sdU, edge = overX ? read.edge : read.edgeSecond;
  const [given, givenSd, other, otherVariance] = overX ? [m.x, sdX, m.u, m.uu] : [m.u, sdU, m.x, m.xx];
  const beta = givenSd > 0 ? m.ux / givenSd : 0;
  const rest = Math.sqrt(Math.max(otherVariance - beta * beta, 0));
  let total = 0;
  for (let k = 0; k < nodes.length; k++) {
    total += weights[k] * tail(edge(level, given + givenSd * nodes[k]), other + beta * nodes[k], rest);
  }
  return total;
}

// Normal scores of the fan's probabilities.
const scores = {0.1: -1.2815515655446004, 0.25: -0.6744897501960817, 0.5: 0, 0.75: 0.6744897501960817,
  0.9: 1.2815515655446004};

function quantile(quantity, m, p) {
  const read = reading(quantity);
  if (!quantity.curved) return quantity.scale * Math.exp(read.logValue(m.u + Math.sqrt(m.uu) * scores[p]));
  const [byU, byX] = read.slopes(m.u, m.x);
  const sd = Math.sqrt(Math.max(byU * byU * m.uu + 2 * byU * byX * m.ux + byX * byX * m.xx, 0));
  const first = read.logValue(m.u, m.x) + sd * scores[p];
  return quantity.scale * Math.exp(sd > 1e-9 ? solve(log => above(quantity, m, log) - (1 - p), first, sd) : first);
}

// The root of a falling function near a first guess: a bracket, then regula falsi (Illinois).
function solve(f, guess, sd) {
  let low = guess - sd / 8, high = guess + sd / 8, atLow = f(low), atHigh = f(high), side = 0;
  for (let k = 0; k < 60 && atLow < 0; k++) { high = low; atHigh = atLow; low -= sd / 2; atLow = f(low); }
  for (let k = 0; k < 60 && atHigh > 0; k++) { low = high; atLow = atHigh; high += sd / 2; atHigh = f(high); }
  for (let k = 0; k < 60; k++) {
    const middle = (low * atHigh - high * atLow) / (atHigh - atLow), value = f(middle);
    if (Math.abs(value) < 1e-11 || high - low < 1e-11) return middle;
    if (value > 0) { low = middle; atLow = value; if (side === 1) atHigh /= 2; side = 1; }
    else { high = middle; atHigh = value; if (side === -1) atLow /= 2; side = -1; }
  }
  return (low + high) / 2;
}

return {reading, above, quantile};
};
