// A real InspIRCd 3 on the loopback interface: WebSocket and TCP, with and without TLS, alone or linked.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprintOf, makeAuthority, makeCertificate } from './certificates.mjs';
import { makeFolder } from './daemon.mjs';
import { IrcDaemon } from './irc-daemon.mjs';
import { IrcClient } from './irc.mjs';
import { freePort } from './ports.mjs';

// Debian's path; /usr/sbin may not be in PATH.
const BINARY = process.env.INSPIRCD ?? '/usr/sbin/inspircd';
const MODULES = [
  'sha1', 'websocket', 'cap', 'ircv3', 'ircv3_batch', 'ircv3_ctctags', 'ircv3_echomessage', 'ircv3_accounttag',
  'ircv3_labeledresponse', 'ircv3_msgid', 'ircv3_servertime', 'botmode', 'operchans', 'samode', 'ssl_gnutls', 'sslinfo',
  'spanningtree', 'blockcolor', 'stripcolor',
];

// default: InspIRCd's defaults. unlimited: for tests that are not about flooding.
const FLOOD = {
  default: '',
  unlimited: `threshold="1000000000" commandrate="1000000" fakelag="no" softsendq="33554432" hardsendq="67108864"
    recvq="8388608"`,
};

// A client certificate is requested, not required, and shown in WHOIS. IPv4 and IPv6.
function binds({ ports, tls }) {
  const both = (port, more) =>
    ['127.0.0.1', '::1'].map((address) => `<bind address="${address}" port="${port}" ${more}>`).join('\n');
  return `
<sslprofile name="clients" provider="gnutls" certfile="${tls.cert}" keyfile="${tls.key}" hash="sha256" priority="NORMAL">
<bind address="127.0.0.1" port="${ports.ws}" type="clients" hook="websocket">
<bind address="127.0.0.1" port="${ports.wss}" type="clients" hook="websocket" sslprofile="clients">
${both(ports.irc, 'type="clients"')}
${both(ports.ircs, 'type="clients" sslprofile="clients"')}
<bind address="127.0.0.1" port="${ports.link}" type="servers">`;
}

// With services: their accounts, SASL, and what Atheme requires of its server.
const SERVICES_MODULES = ['services_account', 'sasl', 'chghost', 'svshold', 'hidechans', 'deaf', 'servprotect', 'globops'];

function servicesOf({ name }) {
  return `<uline server="${name}" silent="yes">
<sasl target="${name}">
<link name="${name}" ipaddr="127.0.0.1" port="7" allowmask="127.0.0.0/8" timeout="10" sendpass="link" recvpass="link">`;
}

function links(peers) {
  return peers.map(({ name, port }) => `<link name="${name}" ipaddr="127.0.0.1" port="${port}" allowmask="127.0.0.0/8"
  timeout="10" sendpass="link" recvpass="link">`).join('\n');
}

function configuration({ dir, name, id, ports, tls, peers, sts, flood, connect, pingfreq, maxline, services }) {
  const modules = [...MODULES, ...(sts ? ['ircv3_sts'] : []), ...(services ? SERVICES_MODULES : [])];
  return `
<config format="xml">
<server name="${name}" description="A server for one test" id="${id}" network="Test">
<admin name="Test" nick="test" email="test@example.invalid">
${modules.map((each) => `<module name="${each}">`).join('\n')}
${binds({ ports, tls })}
${links(peers)}
${services ? servicesOf(services) : ''}
${sts ? `<sts host="localhost" duration="${sts}" port="${ports.ircs}">` : ''}
<websocket defaultmode="text" proxyranges="" sendastext="yes">
<wsorigin allow="*">
<connect name="main" allow="*" timeout="30" pingfreq="${pingfreq}" resolvehostnames="no" useconnectban="no"
  maxchans="100" localmax="1000" globalmax="1000" limit="1000" ${FLOOD[flood]} ${connect}>
<class name="all" commands="*" privs="*" chanmodes="*" usermodes="*" snomasks="*">
<type name="all" classes="all">
<oper name="oper" password="oper" host="*@*" type="all">
<channels users="100" opers="100">
<limits maxnick="30" maxchan="64" maxmodes="20" maxident="10" maxhost="64" maxquit="255" maxtopic="307" maxkick="255"
  maxreal="128" maxaway="200" maxline="${maxline}">
<options prefixquit="" defaultmodes="not" splitwhois="no" cyclehostsfromuser="no">
<performance softlimit="1024" nouserdns="yes" quietbursts="yes" timeskipwarn="0s" netbuffersize="${flood === 'unlimited' ? 65534 : 10240}">
<security hidewhois="" runasuser="" runasgroup="" announceinvites="none">
<path configdir="${dir}" datadir="${dir}" logdir="${dir}" moduledir="/usr/lib/inspircd/modules" runtimedir="${dir}">
<pid file="${join(dir, 'inspircd.pid')}">
<log method="stdout" type="* -USERINPUT -USEROUTPUT" level="default" target="">
`;
}

class Inspircd extends IrcDaemon {
  constructor({ ports, tls, authority, caFile, otherCaFile, ...options }) {
    super({ name: 'InspIRCd', command: BINARY, port: ports.irc, ...options });
    Object.assign(this, { ports, tls, authority, caFile, otherCaFile });
    this.wsPort = ports.ws;
    this.wssPort = ports.wss;
    this.ws = `ws://127.0.0.1:${ports.ws}/`;
    this.wss = `wss://localhost:${ports.wss}/`;
    this.ircs = `ircs://localhost:${ports.ircs}`;
    this.fingerprint = fingerprintOf(tls.cert);
  }

  gateway(more = {}) {
    return super.gateway({ url: this.ws, ...more });
  }

  // A person. InspIRCd 3 does not support the IRCv3 subprotocols, and requires an Origin.
  connect(nick, options = {}) {
    return IrcClient.connect(this.ws, { nick, protocols: ['text.inspircd.org'], origin: 'http://127.0.0.1', ...options });
  }

  // The same with TLS.
  connectTls(nick, options = {}) {
    return IrcClient.connect(this.wss, {
      nick, protocols: [], origin: 'https://localhost', ca: readFileSync(this.caFile), ...options,
    });
  }

  // The same over TCP.
  connectStream(nick, options = {}) {
    return super.connect(nick, options);
  }
}

async function freePorts(...names) {
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  return ports;
}

// names: the names of the TLS certificate; null: self-signed. connect: more attributes of the connect block.
// peers: other servers' name and link port. sts: the duration of the STS policy. services: the name of the services' server.
export async function startInspircd({
  flood = 'unlimited', connect = '', pingfreq = 60, names = 'DNS:localhost,IP:127.0.0.1,IP:::1', maxline = 512,
  name = 'irc.test', id = '001', peers = [], linkPort, sts, services,
} = {}) {
  const dir = makeFolder('inspircd');
  const authority = makeAuthority(dir, 'authority');
  const other = makeAuthority(dir, 'other');
  const tls = names ? makeCertificate(dir, 'server', authority, names) : makeAuthority(dir, 'server');
  const ports = await freePorts('ws', 'wss', 'irc', 'ircs', 'link');
  ports.link = linkPort ?? ports.link;
  const file = join(dir, 'inspircd.conf');
  writeFileSync(file, configuration({ dir, name, id, ports, tls, peers, sts, flood, connect, pingfreq, maxline, services }));
  const args = ['--nofork', '--nolog', '--config', file];
  return new Inspircd({ args, dir, ports, tls, authority, caFile: authority.cert, otherCaFile: other.cert }).start();
}

// Two linked servers of one network; link() and split() act as an operator.
export async function startNetwork() {
  const names = ['a.test', 'b.test'];
  const ports = [await freePort(), await freePort()];
  const servers = await Promise.all([0, 1].map((i) => startInspircd({
    name: names[i], id: `00${i + 1}`, linkPort: ports[i], peers: [{ name: names[1 - i], port: ports[1 - i] }],
  })));
  const opers = await Promise.all(servers.map(async (server, i) => {
    const oper = await server.connect(`oper${i}`);
    oper.send('OPER oper oper');
    await oper.expect((line) => line.verb === '381');
    oper.send(`MODE oper${i} +s +lL`); // link events are logged
    await oper.sync();
    return oper;
  }));
  const network = {
    servers,
    async link() {
      opers[0].send(`CONNECT ${names[1]}`);
      await Promise.all(opers.map((oper) => oper.expect(/end of netburst/i)));
    },
    // Split on both sides: an InspIRCd that is reading the other's last lines may not notice the end of the connection
// until it writes again.
    async split() {
      opers[0].send(`SQUIT ${names[1]} :test`);
      await opers[0].expect(/NOTICE.* split/i);
      opers[1].send(`SQUIT ${names[0]} :test`);
      await opers[1].expect(/NOTICE.*( split|does not exist)/i);
      await Promise.all(opers.map((oper) => oper.sync()));
    },
    async stop() {
      await Promise.all(opers.map((oper) => oper.close()));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  await network.link();
  return network;
}
