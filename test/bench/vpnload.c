/* vpnload - a load of VPN and EVPN routes for route reflectors, beside bgpload.
 *
 * FEEDERS sessions announce routes with one of K route targets each, RECEIVERS sessions only listen. With -w a receiver asks for
 * W of the route targets (RFC 4684), else it is sent all routes. Every receiver keeps one byte per route, so convergence is
 * checked on content: exactly the wanted routes, each with its label.
 *
 *   cc -O2 -o vpnload vpnload.c
 *   vpnload -t 10.99.0.1 -e vpn  -f 10 -r 990 -n 10000 -k 1000 -w 100 -P $(pidof node) load ask=10
 *   vpnload -t 10.99.0.1 -e evpn -f 10 -r 90  -n 20000 -k 100 load late=5 down
 *
 * With -w the feeders ask for nothing. Milliseconds of CPU are those of the main thread.
 *
 * Routes of feeder f: its index i, from 0 to N-1, has the route target (f * N + i) / (T / K): T / K consecutive routes share one.
 *   vpn    VPNv4, a /32 with route distinguisher and label       evpn   type 2, a MAC with IPv4 address and a VNI
 * Phases (in the order given):
 *   load     announce everything, until all hold what they want
 *   late=L   L further receivers connect, until each holds what it wants
 *   ask=U    U times: one receiver asks for one tenth of the targets more, until it holds their routes, then for them no more
 *   label=U  U routes get another label, until all that want them hold it
 *   down     feeder 0 closes its session, until nobody holds a route of it
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  int fd, id, feeder, state, down;
  uint8_t *rx; uint32_t rxn; uint8_t *tx; size_t txn, txo;
  uint8_t *has, *wants; /* per route: 0 none, else 1 + low bits of its label; per route target */
  uint32_t held, expect; uint64_t nlri, bytes;
} sess;

static const char *target = "10.99.0.1", *pid = 0; static uint32_t asn = 65000, N = 10000, K = 1000, W = 0, T;
static int F = 1, R = 1, L = 0, evpn = 0, ep, NS, dead0; static double limit = 300, t0, c0; static sess *S; static uint8_t *label;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static void die(const char *m) { fprintf(stderr, "vpnload: %s (%s)\n", m, strerror(errno)); printf("{\"error\":\"%s\"}\n", m); exit(2); }
static void w16(uint8_t *p, unsigned v) { p[0] = v >> 8; p[1] = v; }
static void w32(uint8_t *p, uint32_t v) { w16(p, v >> 16); w16(p + 2, v); }
static uint32_t r32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }
static void addr_of(int id, uint8_t *a) { int f = id < F, k = f ? id : id - F; a[0] = 10; a[1] = 99; a[2] = (f ? 1 : 100) + k / 250; a[3] = 1 + k % 250; }
static uint32_t rt_of(uint32_t i) { return i / (T / K); }

static double cpu_of(const char *list, double *rss) {
  double sum = 0, hz = sysconf(_SC_CLK_TCK); *rss = 0;
  for (const char *l = list; l && *l; l = strchr(l, ',') ? strchr(l, ',') + 1 : 0) {
    char b[4096], f[64]; snprintf(f, sizeof f, "/proc/%d/stat", atoi(l)); FILE *h = fopen(f, "r"); if (!h) continue;
    if (fgets(b, sizeof b, h)) { char *q = strrchr(b, ')'); unsigned long u = 0, s = 0;
      if (q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) == 2) sum += (u + s) / hz; }
    fclose(h); snprintf(f, sizeof f, "/proc/%d/status", atoi(l)); h = fopen(f, "r");
    while (h && fgets(b, sizeof b, h)) if (!strncmp(b, "VmRSS:", 6)) *rss += atof(b + 6) / 1024;
    if (h) fclose(h);
  }
  return sum;
}

/* NLRI of route i, with its label; returns its length */
static int nlri(uint32_t i, int withdrawn, uint8_t *p) {
  uint8_t *s = p; uint32_t l = 1000 + label[i]; uint8_t rd[8] = {0, 0, 0xfd, 0xe8, 0, 0, 0, 0}; w32(rd + 4, rt_of(i) + 1);
  if (evpn) { *p++ = 2; *p++ = 37; memcpy(p, rd, 8); p += 8; memset(p, 0, 14); p += 14; *p++ = 48; *p++ = 2; *p++ = 0; w32(p, i); p += 4; *p++ = 32; w32(p, 0x14000000 + i); p += 4; p[0] = 0; w16(p + 1, l); return p + 3 - s; }
  *p++ = 24 + 64 + 32; p[0] = l >> 12; p[1] = l >> 4; p[2] = (l << 4 & 0xf0) | 1; if (withdrawn) p[0] = 0x80, p[1] = p[2] = 0; p += 3;
  memcpy(p, rd, 8); p += 8; w32(p, 0x14000000 + i); return p + 4 - s;
}
/* reads the NLRI at p: its index and label; returns its length */
static int read_nlri(const uint8_t *p, uint32_t *i, uint32_t *l) {
  if (evpn) { *i = r32(p + 27); *l = p[37] << 8 | p[38]; return 2 + p[1]; }
  *i = r32(p + 12) - 0x14000000; *l = p[1] << 12 | p[2] << 4 | p[3] >> 4; return 1 + (p[0] + 7) / 8;
}
static int header(uint8_t *b, int type) { memset(b, 255, 16); b[18] = type; return 19; }
static size_t mk_update(int f, const uint32_t *ix, int n, uint8_t *b) {
  uint8_t a[4], *p = b + header(b, 2) + 4, *m; addr_of(f, a); w16(b + 19, 0);
  m = p; p[0] = 0x90; p[1] = 14; p += 4; w16(p, evpn ? 25 : 1); p[2] = evpn ? 70 : 128; p += 3;
  *p++ = evpn ? 4 : 12; if (!evpn) memset(p, 0, 8), p += 8; memcpy(p, a, 4); p += 4; *p++ = 0;
  for (int i = 0; i < n; i++) p += nlri(ix[i], 0, p);
  w16(m + 2, p - m - 4);
  uint8_t rest[] = {0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 16, evpn ? 16 : 8, 0, 2, 0, 0, 0, 0, 0, 0, 3, 12, 0, 0, 0, 0, 0, 8};
  w16(rest + 19, asn); w32(rest + 21, rt_of(ix[0]) + 1); int len = evpn ? sizeof rest : sizeof rest - 8; memcpy(p, rest, len); p += len;
  w16(b + 21, p - b - 23); w16(b + 16, p - b); return p - b;
}
/* a message of SAFI 132: asks for the targets [from, to) or withdraws them; none: End-of-RIB */
static size_t mk_ask(uint32_t from, uint32_t to, int on, int id, uint8_t *b) {
  uint8_t a[4], *p = b + header(b, 2) + 4, *m = p; addr_of(id, a); w16(b + 19, 0);
  p[0] = 0x90; p[1] = on ? 14 : 15; p += 4; w16(p, 1); p[2] = 132; p += 3; if (on) { *p++ = 4; memcpy(p, a, 4); p += 4; *p++ = 0; }
  for (uint32_t k = from; k < to; k++) { *p++ = 96; w32(p, asn); p[4] = 0; p[5] = 2; w16(p + 6, asn); w32(p + 8, k + 1); p += 12; }
  w16(m + 2, p - m - 4);
  if (on) { uint8_t rest[] = {0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100}; memcpy(p, rest, sizeof rest); p += sizeof rest; }
  w16(b + 21, p - b - 23); w16(b + 16, p - b); return p - b;
}

static void want(sess *s, int wr) { struct epoll_event e = {.events = EPOLLIN | (wr ? EPOLLOUT : 0), .data.ptr = s}; epoll_ctl(ep, EPOLL_CTL_MOD, s->fd, &e); }
static void flush(sess *s) {
  while (s->txo < s->txn) { ssize_t k = write(s->fd, s->tx + s->txo, s->txn - s->txo); if (k < 0) { if (errno == EAGAIN) { want(s, 1); return; } die("write"); } s->txo += k; }
  want(s, 0);
}
static void put(sess *s, const uint8_t *b, size_t n) { if (s->txo == s->txn) s->txo = s->txn = 0; s->tx = realloc(s->tx, s->txn + n); memcpy(s->tx + s->txn, b, n); s->txn += n; flush(s); }
static void ask(sess *s, uint32_t from, uint32_t to, int on) {
  uint8_t b[4096]; for (uint32_t k = from; k < to; k += 200) { uint32_t e = k + 200 < to ? k + 200 : to; put(s, b, mk_ask(k, e, on, s->id, b)); }
  for (uint32_t k = from; k < to; k++) if (s->wants[k] != on) { s->wants[k] = on; s->expect += (on ? 1 : -1) * (T / K); }
}
static void ready(sess *s) { uint8_t b[64]; if (!W) return; uint32_t from = (uint32_t)s->id * 7919u % (K - W + 1); if (!s->feeder) ask(s, from, from + W, 1); put(s, b, mk_ask(0, 0, 0, s->id, b)); }
static void update(sess *s, const uint8_t *p, int n) {
  if (n < 4) die("short update");
  const uint8_t *q = p + 4, *e = p + n;
  while (q < e) { int fl = q[0], ty = q[1], l; q += 2; if (fl & 16) { l = q[0] << 8 | q[1]; q += 2; } else l = *q++;
    int reach = ty == 14, skip = reach ? 5 + q[3] : 3;
    if ((reach || ty == 15) && q[2] == (evpn ? 70 : 128)) for (const uint8_t *z = q + skip; z < q + l;) { uint32_t i, lb; z += read_nlri(z, &i, &lb); s->nlri++; if (i >= T) die("an unknown route");
        if (s->feeder && i / N == (uint32_t)s->id) continue; /* FRR sends routes back to their source */
        if (reach && s->feeder == 0 && !s->wants[rt_of(i)]) die("a route that was not asked for");
        if (!s->has[i] && reach) s->held++; if (s->has[i] && !reach) s->held--; s->has[i] = reach ? 1 + (lb - 1000) : 0; }
    q += l; }
}
static void readable(sess *s) {
  ssize_t k = read(s->fd, s->rx + s->rxn, (1 << 17) - s->rxn);
  if (k <= 0) { if (k < 0 && errno == EAGAIN) return; fprintf(stderr, "session %d closed in state %d\n", s->id, s->state); die("session lost"); }
  s->rxn += k; s->bytes += k; uint8_t *p = s->rx, *e = p + s->rxn;
  while (e - p >= 19) { int len = p[16] << 8 | p[17]; if (len < 19) die("bad length"); if (e - p < len) break;
    if (p[18] == 1) { uint8_t ka[19]; w16(ka + header(ka, 4) - 3, 19); s->state = 2; put(s, ka, 19); }
    else if (p[18] == 4 && s->state == 2) { s->state = 3; ready(s); }
    else if (p[18] == 2) update(s, p + 19, len - 19);
    else if (p[18] == 3) { fprintf(stderr, "session %d NOTIFICATION %d/%d\n", s->id, p[19], p[20]); die("notification"); }
    p += len; }
  s->rxn = e - p; memmove(s->rx, p, s->rxn);
}
static void start(int id) {
  sess *s = &S[id]; s->id = id; s->feeder = id < F; s->rx = malloc(1 << 17); s->has = calloc(T, 1); s->wants = malloc(K); memset(s->wants, !W, K);
  s->expect = W ? 0 : T - (s->feeder || dead0 ? N : 0);
  for (int tries = 0;; tries++) {
    s->fd = socket(AF_INET, SOCK_STREAM, 0); int one = 1; setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, 4); setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, 4);
    struct sockaddr_in a = {.sin_family = AF_INET}, d = {.sin_family = AF_INET, .sin_port = htons(179)}; uint8_t q[4]; addr_of(id, q); memcpy(&a.sin_addr, q, 4);
    if (bind(s->fd, (void *)&a, sizeof a)) die("bind (is the address configured?)");
    inet_aton(target, &d.sin_addr); if (!connect(s->fd, (void *)&d, sizeof d)) break;
    close(s->fd); if (tries > 300) die("connect"); usleep(100000);
  }
  fcntl(s->fd, F_SETFL, O_NONBLOCK); struct epoll_event e = {.events = EPOLLIN, .data.ptr = s}; epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &e);
  uint8_t b[128], a[4]; addr_of(id, a); header(b, 1); b[19] = 4; w16(b + 20, asn); w16(b + 22, 240); memcpy(b + 24, a, 4);
  uint8_t caps[] = {2, 6, 1, 4, 0, evpn ? 25 : 1, 0, evpn ? 70 : 128, 2, 6, 65, 4, 0, 0, 0, 0, 2, 6, 1, 4, 0, 1, 0, 132}; w32(caps + 12, asn);
  int n = W ? 24 : 16; b[28] = n; memcpy(b + 29, caps, n); w16(b + 16, 29 + n); s->state = 1; put(s, b, 29 + n);
}
static double nextka;
static void spin(int ms) {
  struct epoll_event ev[512]; int n = epoll_wait(ep, ev, 512, ms);
  for (int i = 0; i < n; i++) { sess *s = ev[i].data.ptr; if (s->down) continue; if (ev[i].events & EPOLLOUT) flush(s); if (ev[i].events & (EPOLLIN | EPOLLHUP)) readable(s); }
  if (now() > nextka) { nextka = now() + 20; uint8_t ka[19]; w16(ka + header(ka, 4) - 3, 19); for (int i = 0; i < NS; i++) if (S[i].state == 3 && !S[i].down && S[i].txo == S[i].txn) put(&S[i], ka, 19); }
}
static int up(sess *s) { return s->state == 3; }
static int full(sess *s) { return s->held == s->expect; }
static int labeled(sess *s) { if (s->feeder && W) return 1; for (uint32_t i = 0; i < T; i++) if (s->wants[rt_of(i)] && (!s->feeder || i / N != (uint32_t)s->id) && s->has[i] != 1 + label[i]) return 0; return 1; }
static void until(int (*ok)(sess *), const char *what) {
  for (double end = now() + limit;;) { int d = 1; for (int i = 0; d && i < NS; i++) d = S[i].down || ok(&S[i]); if (d) return; spin(50);
    if (now() > end) { for (int i = F; i < NS && i < F + 5; i++) fprintf(stderr, "session %d holds %u of %u\n", i, S[i].held, S[i].expect); die(what); } }
}
static double busy(void) { /* ms of CPU of the main thread */
  char f[64]; double ns = 0; snprintf(f, sizeof f, "/proc/%d/schedstat", pid ? atoi(pid) : 0); FILE *h = fopen(f, "r"); if (!h) return 0; if (fscanf(h, "%lf", &ns) != 1) ns = 0; fclose(h); return ns / 1e6;
}
static void begin(void) { double r; c0 = cpu_of(pid, &r); t0 = now(); }
static void report(const char *ph, const char *extra) {
  double t = now() - t0, rss; usleep(20000); double c = cpu_of(pid, &rss); uint64_t n = 0, b = 0; for (int i = 0; i < NS; i++) { n += S[i].nlri; b += S[i].bytes; S[i].nlri = S[i].bytes = 0; }
  printf("{\"phase\":\"%s\",\"wall_s\":%.3f,\"dut_cpu_s\":%.2f,\"rss_mb\":%.0f,\"nlri_rx\":%lu,\"mb_rx\":%.1f%s}\n", ph, t, c - c0, rss, (unsigned long)n, b / 1e6, extra); fflush(stdout);
}
static void send_routes(int f, uint32_t from, uint32_t count) {
  uint8_t b[4096]; uint32_t ix[90]; for (uint32_t i = from; i < from + count;) { int c = 0; uint32_t k = rt_of(i); while (i < from + count && c < 90 && rt_of(i) == k) ix[c++] = i++; put(&S[f], b, mk_update(f, ix, c, b)); }
}

int main(int argc, char **argv) {
  int o; while ((o = getopt(argc, argv, "t:A:f:r:n:k:w:e:P:T:")) > 0) switch (o) {
    case 't': target = optarg; break; case 'A': asn = atoi(optarg); break; case 'f': F = atoi(optarg); break; case 'r': R = atoi(optarg); break; case 'n': N = atoi(optarg); break;
    case 'k': K = atoi(optarg); break; case 'w': W = atoi(optarg); break; case 'e': evpn = !strcmp(optarg, "evpn"); break; case 'P': pid = optarg; break; case 'T': limit = atof(optarg); break; default: return 2; }
  for (int i = optind; i < argc; i++) if (!strncmp(argv[i], "late=", 5)) L = atoi(argv[i] + 5);
  T = N * F; if (T % K || asn > 65535) die("K must divide N * F, and the AS number has 16 bits"); label = calloc(T, 1);
  S = calloc(F + R + L, sizeof *S); NS = F + R; ep = epoll_create1(0); nextka = now() + 20;
  for (int i = 0; i < NS; i++) { start(i); if (i % 64 == 63) spin(0); }
  until(up, "sessions did not establish"); for (double w = now() + 3; now() < w;) spin(50);
  begin(); report("idle", "");
  for (int ph = optind; ph < argc; ph++) { char *a = argv[ph], ex[256] = ""; int u = strchr(a, '=') ? atoi(strchr(a, '=') + 1) : 0;
    if (!strcmp(a, "load")) { begin(); for (int f = 0; f < F; f++) send_routes(f, f * N, N); until(full, "load did not converge"); report(a, ""); }
    else if (!strncmp(a, "late=", 5)) { begin(); for (int i = 0; i < u; i++) { start(NS); NS++; } until(full, "late joiners did not converge"); report("late", ""); }
    else if (!strncmp(a, "ask=", 4)) { sess *s = &S[F]; double first = 0, cold = 0, b0 = 0, sum[2] = {0, 0}, worst = 0; uint32_t from = s->wants[0] ? K - K / 10 : 0; for (double w = now() + 2; now() < w;) spin(50); begin();
      for (int j = 0; j < 2 * u; j++) { double a0 = now(), b1 = busy(); if (j == 1) cold = b1 - b0, b0 = b1; if (!j) b0 = b1; ask(s, from, from + K / 10, j % 2 == 0); until(full, "ask did not converge"); double ms = (now() - a0) * 1e3; sum[j % 2] += ms; if (!j) first = ms; if (ms > worst) worst = ms; }
      snprintf(ex, sizeof ex, ",\"first_ms\":%.1f,\"first_cpu_ms\":%.1f,\"cpu_ms\":%.1f,\"ask_ms\":%.1f,\"unask_ms\":%.1f,\"max_ms\":%.1f", first, cold, (busy() - b0) / (2 * u - 1), sum[0] / u, sum[1] / u, worst); report("ask", ex); }
    else if (!strncmp(a, "label=", 6)) { begin(); for (int j = 0; j < u; j++) { uint32_t i = (uint32_t)((uint64_t)j * T / u); label[i]++; send_routes(i / N, i, 1); } until(labeled, "labels did not arrive"); report("label", ""); }
    else if (!strcmp(a, "down")) { begin(); S[0].down = dead0 = 1; close(S[0].fd); for (int i = 1; i < NS; i++) for (uint32_t k = 0; k < N / (T / K); k++) if (S[i].wants[k] && (!W || i >= F)) S[i].expect -= T / K; until(full, "down did not converge"); report(a, ""); }
    else { fprintf(stderr, "unknown phase %s\n", a); return 2; } }
  return 0;
}
