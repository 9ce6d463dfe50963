// A VPC for tests, as a platform file describes it: two zones, public, private, node and transit subnets.
#pragma once

#include <stdexcept>
#include <string>

#include "sim/network/vpc/network.h"
#include "sim/scenario/load.h"

namespace seatrial::network::vpc::tests {

inline const std::string kVpc = R"(
    name: live
    cidr: 172.20.0.0/16
    internetGateway: igw
    natGateways:
      - {name: nat-a, subnet: public-a, addresses: 35.178.0.1}
      - {name: nat-b, subnet: public-b, addresses: 35.178.0.2}
    transitGateways:
      - name: tgw
        subnets: [transit-a]
        routes:
          - {to: 10.26.0.0/16, network: modernisation-platform}
          - {to: [10.202.0.0/20, 10.203.0.0/20], network: laa}
    prefixLists:
      - {name: s3-list, cidrs: [52.95.148.0/23, 52.95.150.0/24]}
    endpoints:
      - {name: s3, service: s3, type: gateway, prefixList: s3-list, routeTables: [private-a, private-b]}
    peerings:
      - {name: peer, cidrs: [10.99.0.0/16]}
    routeTables:
      - {name: main, main: true}
      - {name: public, routes: [{to: 0.0.0.0/0, via: igw}]}
      - name: private-a
        routes:
          - {to: 0.0.0.0/0, via: nat-a}
          - {to: 10.0.0.0/8, via: tgw}
          - {to: 10.99.0.0/16, via: peer}
      - {name: private-b, routes: [{to: 0.0.0.0/0, via: nat-b}, {to: 10.26.0.0/16, via: tgw}]}
    networkAcls:
      - name: fenced
        ingress:
          - {rule: 200, action: allow, protocol: tcp, ports: 443, from: 0.0.0.0/0}
          - {rule: 100, action: deny, protocol: tcp, ports: 443, from: 172.20.160.0/19}
          - {rule: 300, action: allow, protocol: tcp, ports: 5432, from: 172.20.0.0/16}
        egress:
          - {rule: 100, action: allow, protocol: tcp, ports: 32768-60999, to: 0.0.0.0/0}
    subnets:
      - {name: public-a, zone: a, cidr: 172.20.0.0/22, kind: public, routeTable: public}
      - {name: public-b, zone: b, cidr: 172.20.4.0/22, kind: public, routeTable: public}
      - {name: private-a, zone: a, cidr: 172.20.32.0/19, kind: private, routeTable: private-a}
      - {name: fenced-a, zone: a, cidr: 172.20.64.0/24, kind: private, routeTable: private-a, networkAcl: fenced}
      - {name: nodes-a, zone: a, cidr: 172.20.128.0/19, kind: eks-private, routeTable: private-a}
      - {name: nodes-b, zone: b, cidr: 172.20.160.0/19, kind: eks-private, routeTable: private-b}
      - {name: transit-a, zone: a, cidr: 172.20.12.0/28, kind: transit}
    securityGroups:
      - name: node
        ingress:
          - {from: node}
          - {protocol: tcp, ports: 1025-65535, from: control-plane}
        egress: [{to: 0.0.0.0/0}]
      - {name: control-plane, egress: [{to: 0.0.0.0/0}]}
      - name: database
        ingress: [{protocol: tcp, ports: 5432, from: [node, 10.26.0.0/16]}]
      - name: monitored
        ingress: [{protocol: tcp, ports: 9100, from: 172.20.0.0/16}]
        egress: [{protocol: tcp, ports: 443, to: s3-list}]
)";

inline std::string platform_with(const std::string& vpc) {
  return R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: test}
spec:
  region: eu-west-2
  zones: [a, b]
  nodeGroups:
    - {name: default, count: 2, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  vpc:)" +
         vpc;
}

inline Network network_of(const std::string& vpc = kVpc) {
  scenario::MemoryFiles files;
  files.add("platform.yaml", platform_with(vpc));
  const auto platform = scenario::load_platform("platform.yaml", files);
  if (!platform) throw std::logic_error(platform.error().front().str());
  return Network(platform->vpc);
}

inline api::IpAddress address(const std::string& text) { return *api::IpAddress::parse(text); }

}  // namespace seatrial::network::vpc::tests
