#include <deploy/plan.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace itsup::deploy {
namespace {

using model::Container;
using model::ContainerState;
using model::Health;
using model::ServiceAction;

WantedService wanted(std::string name, int replicas = 1) {
    WantedService out;
    out.name = std::move(name);
    out.config_hash = "aaaaaaaaaaaaaaaa";
    out.image = "web:1";
    out.image_id = "sha256:1111111111111111";
    out.replicas = replicas;
    out.health = HealthTimes{};
    return out;
}

Container running(std::string service, int number = 1) {
    Container out;
    out.id = fmt::format("{}-{}", service, number);
    out.service = std::move(service);
    out.number = number;
    out.config_hash = "aaaaaaaaaaaaaaaa";
    out.image_id = "sha256:1111111111111111";
    out.state = ContainerState::running;
    out.health = Health::healthy;
    return out;
}

/// `action what(from>to) …`
std::string text(const model::ServicePlan& plan) {
    auto out = fmt::format("{} {}", plan.name, model::to_string(plan.action));
    for (const auto& reason : plan.reasons) {
        out += fmt::format(" {}({}>{})", reason.what, reason.from, reason.to);
    }
    return out;
}
std::string one(const WantedService& service, std::vector<Container> actual, bool force = false) {
    const auto plans = make_plan({{service}, std::move(actual), {}, {}, force});
    return plans.empty() ? "" : text(plans.front());
}

TEST(Plan, LeavesTheUnchangedAlone) {
    EXPECT_EQ(one(wanted("web", 2), {running("web", 1), running("web", 2)}), "web unchanged");
    EXPECT_EQ(one(wanted("web", 0), {}), "web unchanged");
}

/// Ten minutes after the moment since which containers are kept, or before it.
Container made(bool since, int number) {
    auto out = running("web", number);
    out.created_at = base::Timestamp{std::chrono::minutes{since ? 30 : 10}};
    return out;
}

TEST(Plan, AForcedOneThatGoesOnLeavesWhatWasMadeSinceAlone) {
    PlanInput input{
        {wanted("web", 2)}, {}, {}, {}, true, base::Timestamp{std::chrono::minutes{20}}};
    input.actual = {made(false, 1), made(false, 2), made(true, 3), made(true, 4)};
    EXPECT_EQ(text(make_plan(input).front()), "web roll_out replicas(4>2) forced(>)");
    input.actual = {made(true, 3), made(true, 4)};
    EXPECT_EQ(text(make_plan(input).front()), "web unchanged");
    input.actual.back().created_at.reset();
    EXPECT_EQ(text(make_plan(input).front()), "web roll_out forced(>)") << "nobody knows its age";
    input.actual = {made(true, 3)};
    EXPECT_EQ(text(make_plan(input).front()), "web roll_out replicas(1>2)");
    EXPECT_FALSE(is_kept(made(true, 1), std::nullopt));
}

TEST(Plan, TakesWhatComposeMadeByHandForUnchanged) {
    auto service = wanted("web");
    service.config_hash_by_hand = "cccccccccccccccc";
    auto by_hand = running("web");
    by_hand.config_hash = "cccccccccccccccc";
    EXPECT_EQ(one(service, {by_hand}), "web unchanged");
}

TEST(Plan, RollsATraefikOnlyBesideOneThatSharesItsPorts) {
    auto traefik = wanted("traefik");
    traefik.alone = {"uses the host's network"};
    traefik.shared_ports = {8080, 8443};
    auto old = running("traefik");
    old.config_hash = "bbbbbbbbbbbbbbbb";
    const std::string why = " config hash(bbbbbbbbbbbb>aaaaaaaaaaaa)";
    EXPECT_EQ(one(traefik, {old}), "traefik recreate" + why);
    old.labels["itsup.shared-ports"] = "8080,8443";
    EXPECT_EQ(one(traefik, {old}), "traefik roll_out" + why);
    traefik.shared_ports.clear();
    EXPECT_EQ(one(traefik, {old}), "traefik recreate" + why);
}

TEST(Plan, ReadsSharedPortsOfTheProxysTraefikAlone) {
    EXPECT_EQ(parse_ports("8080,8443"), (std::vector<std::uint16_t>{8080, 8443}));
    EXPECT_EQ(parse_ports("x,0,70000,,53"), (std::vector<std::uint16_t>{53}));
    const auto config = R"({"services": {"traefik": {"image": "t",
        "labels": {"itsup.shared-ports": "8080"}}}})";
    const std::map<std::string, std::string> hashes{{"traefik", "a"}};
    EXPECT_EQ(parse_wanted("proxy", config, hashes)->front().shared_ports.size(), 1U);
    EXPECT_TRUE(parse_wanted("shop", config, hashes)->front().shared_ports.empty());
}

TEST(Plan, CreatesWhatIsNotThere) {
    EXPECT_EQ(one(wanted("web", 2), {}), "web create not running(no container>2)");
    auto oneoff = running("web");
    oneoff.oneoff = true;
    EXPECT_EQ(one(wanted("web"), {oneoff}), "web create not running(no container>1)");
}

TEST(Plan, RollsOutAChange) {
    auto config = running("web");
    config.config_hash = "bbbbbbbbbbbbbbbb";
    EXPECT_EQ(one(wanted("web"), {config}), "web roll_out config hash(bbbbbbbbbbbb>aaaaaaaaaaaa)");
    auto image = running("web");
    image.image_id = "sha256:2222222222222222";
    EXPECT_EQ(one(wanted("web"), {image}), "web roll_out image(222222222222>111111111111)");
    auto unhealthy = running("web");
    unhealthy.health = Health::unhealthy;
    EXPECT_EQ(one(wanted("web"), {unhealthy}), "web roll_out health(unhealthy>healthy)");
    auto not_here = wanted("web");
    not_here.image_id.clear();
    EXPECT_EQ(one(not_here, {running("web")}), "web roll_out image(111111111111>not here)");
    EXPECT_EQ(one(wanted("web"), {running("web")}, /*force=*/true), "web roll_out forced(>)");
}

TEST(Plan, OneOfTwoIsEnoughToRollOut) {
    auto old = running("web", 1);
    old.config_hash = "bbbbbbbbbbbbbbbb";
    // What a daemon that died in a rollout leaves: old and new side by side.
    EXPECT_EQ(one(wanted("web", 1), {old, running("web", 2)}),
              "web roll_out config hash(bbbbbbbbbbbb>aaaaaaaaaaaa) replicas(2>1)");
}

TEST(Plan, RecreatesWhatCannotRunTwiceAndSaysWhy) {
    auto service = wanted("db");
    service.alone = {"writes to the volume /var/lib", "publishes port 5432 of the host"};
    auto old = running("db");
    old.config_hash = "bbbbbbbbbbbbbbbb";
    const auto plans = make_plan({{service}, {old}, {}, {}, false});
    EXPECT_EQ(plans.front().action, ServiceAction::recreate);
    ASSERT_EQ(plans.front().risks.size(), 2U);
    EXPECT_EQ(plans.front().risks.front(),
              "writes to the volume /var/lib: cannot run twice, so it is recreated, with a short "
              "outage");
    EXPECT_EQ(one(service, {running("db")}), "db unchanged");
}

TEST(Plan, RecreatesWhatKeepsDataInAVolumeThatNobodyNames) {
    auto old = running("db");
    old.config_hash = "bbbbbbbbbbbbbbbb";
    const std::string ending =
        ", which the compose file does not name: cannot run twice, so it is recreated, with a "
        "short outage";
    auto by_image = wanted("db");
    by_image.image_volumes = {"/var/lib/data/"};
    const auto declared = make_plan({{by_image}, {old}, {}, {}, false}).front();
    EXPECT_EQ(declared.action, ServiceAction::recreate);
    EXPECT_EQ(declared.risks, std::vector<std::string>{
                                  "the image keeps data in the volume /var/lib/data" + ending});
    // The new image declares nothing: what the old container holds counts all the same.
    old.volumes = {"/var/lib/data"};
    const auto held = make_plan({{wanted("db")}, {old}, {}, {}, false}).front();
    EXPECT_EQ(held.action, ServiceAction::recreate);
    EXPECT_EQ(held.risks, std::vector<std::string>{
                              "the container keeps data in the volume /var/lib/data" + ending});
}

TEST(Plan, AMountOfTheComposeFileCoversTheImagesVolume) {
    auto service = wanted("web");
    service.image_volumes = {"/cache"};
    service.mount_targets = {"/cache"};
    auto old = running("web");
    old.config_hash = "bbbbbbbbbbbbbbbb";
    old.volumes = {"/cache"};
    EXPECT_EQ(one(service, {old}), "web roll_out config hash(bbbbbbbbbbbb>aaaaaaaaaaaa)");
}

TEST(Plan, WhatIsDownIsStartedOrRecreated) {
    auto stopped = running("web");
    stopped.state = ContainerState::exited;
    stopped.health = Health::unhealthy;
    EXPECT_EQ(one(wanted("web"), {stopped}), "web restart not running(exited>running)");
    // Nothing serves, so there is nothing to keep alive beside it.
    stopped.config_hash = "bbbbbbbbbbbbbbbb";
    EXPECT_EQ(one(wanted("web"), {stopped}), "web recreate config hash(bbbbbbbbbbbb>aaaaaaaaaaaa)");
}

TEST(Plan, TheNumberAloneTouchesNothingElse) {
    EXPECT_EQ(one(wanted("web", 3), {running("web")}), "web roll_out replicas(1>3)");
    auto alone = wanted("web", 1);
    alone.alone = {"writes to the volume /v"};
    EXPECT_EQ(one(alone, {running("web", 1), running("web", 2)}), "web roll_out replicas(2>1)");
}

TEST(Plan, WhatEndsByItselfIsNotStartedAgain) {
    auto service = wanted("job");
    service.one_shot = true;
    service.alone = {"is never restarted (restart: no)"};
    auto ended = running("job");
    ended.state = ContainerState::exited;
    ended.health = Health::none;
    ended.exit_code = 0;
    EXPECT_EQ(one(service, {ended}), "job unchanged");
    ended.exit_code = 3;
    EXPECT_EQ(one(service, {ended}), "job restart not running(exited>running)");
    ended.config_hash = "bbbbbbbbbbbbbbbb";
    EXPECT_EQ(one(service, {ended}), "job recreate config hash(bbbbbbbbbbbb>aaaaaaaaaaaa)");
}

TEST(Plan, RemovesWhatIsNoLongerWantedButNotInAFilteredDeploy) {
    PlanInput input{{wanted("web")}, {running("web"), running("gone", 1), running("gone", 2)}};
    auto plans = make_plan(input);
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(text(plans.back()), "gone remove no longer in the compose file(>)");
    input.dormant = {"gone"};
    EXPECT_EQ(make_plan(input).size(), 1U);
    input.dormant.clear();
    input.only = {"web"};
    EXPECT_EQ(make_plan(input).size(), 1U);
}

TEST(Plan, WarnsWithoutAHealthCheck) {
    auto service = wanted("web");
    service.health.reset();
    auto old = running("web");
    old.config_hash = "b";
    EXPECT_EQ(make_plan({{service}, {old}, {}, {}, false}).front().risks.size(), 1U);
    service.image_has_health_check = true;
    EXPECT_TRUE(make_plan({{service}, {old}, {}, {}, false}).front().risks.empty());
}

TEST(Plan, WarnsOfDatagrams) {
    auto service = wanted("web");
    service.takes_datagrams = true;
    auto old = running("web");
    old.config_hash = "b";
    EXPECT_NE(make_plan({{service}, {old}, {}, {}, false}).front().risks.front().find("UDP"),
              std::string::npos);
}

constexpr std::string_view config = R"json({
  "name": "shop",
  "services": {
    "web": {
      "image": "web:1",
      "deploy": {"replicas": 2},
      "depends_on": {"db": {"condition": "service_healthy"},
                     "job": {"condition": "service_completed_successfully"}},
      "healthcheck": {"test": ["CMD", "x"], "interval": "1m30s", "timeout": "2s", "retries": 5,
                      "start_period": "500ms"},
      "labels": {"traefik.enable": "true", "traefik.http.services.N.loadbalancer.server.port": "80",
                 "traefik.udp.services.N.loadbalancer.server.port": "53"},
      "networks": {"default": null},
      "volumes": [{"type": "bind", "source": "/a", "target": "/a", "read_only": true},
                  {"type": "tmpfs", "target": "/t/"}],
      "tmpfs": ["/run:size=64m"],
      "ports": [{"target": 99, "protocol": "tcp"}]
    },
    "db": {"image": "pg", "container_name": "the-db", "network_mode": "host",
           "ports": [{"published": "8443-8445", "target": 443}],
           "volumes": [{"type": "volume", "source": "v", "target": "/v"}]},
    "job": {"build": {"context": "."}, "networks": {"n": {"ipv4_address": "172.20.0.9"}}},
    "shares": {"image": "x", "volumes_from": ["db"], "mac_address": "02:42:ac:11:00:03",
               "networks": {"n": {"mac_address": "02:42:ac:11:00:04"}}},
    "once": {"image": "x", "restart": "no", "healthcheck": {"disable": true}, "scale": 3}
  }
})json";

TEST(Wanted, ReadsComposesModel) {
    const auto services = parse_wanted("shop", config, {{"web", "ff"}}).value();
    ASSERT_EQ(services.size(), 5U);
    const auto find = [&services](std::string_view name) {
        return *std::ranges::find(services, name, &WantedService::name);
    };
    EXPECT_EQ(services.back().name, "web");
    const auto web = find("web");
    EXPECT_EQ(web.config_hash, "ff");
    EXPECT_EQ(web.replicas, 2);
    EXPECT_TRUE(web.alone.empty());
    EXPECT_EQ(web.mount_targets, (std::set<std::string>{"/a", "/run", "/t"}));
    EXPECT_EQ(web.ingress_ports, std::vector<std::uint16_t>{80}) << "no connection to a UDP port";
    EXPECT_TRUE(web.takes_datagrams);
    EXPECT_EQ(web.health->interval, std::chrono::seconds{90});
    EXPECT_EQ(web.health->retries, 5);
    EXPECT_EQ(find("db").alone,
              (std::vector<std::string>{"has the fixed container name the-db",
                                        "publishes port 8443-8445 of the host",
                                        "uses the host's network", "writes to the volume /v"}));
    const auto job = find("job");
    EXPECT_EQ(job.image, "shop-job");
    EXPECT_TRUE(job.built && job.one_shot);
    EXPECT_EQ(job.alone, (std::vector<std::string>{"has the fixed address 172.20.0.9 in n",
                                                   "others wait for it to complete"}));
    EXPECT_EQ(find("shares").alone,
              (std::vector<std::string>{"has the fixed MAC address 02:42:ac:11:00:03",
                                        "has the fixed MAC address 02:42:ac:11:00:04",
                                        "has the volumes of db"}));
    EXPECT_TRUE(find("once").one_shot && find("once").health_disabled);
    EXPECT_EQ(find("once").replicas, 3);
}

TEST(Wanted, RefusesWhatIsNoModel) {
    EXPECT_TRUE(parse_wanted("shop", "[]", {}).has_error());
    EXPECT_TRUE(parse_wanted("shop", "{", {}).has_error());
    EXPECT_TRUE(parse_wanted("shop", "{}", {}).value().empty());
    EXPECT_TRUE(parse_wanted("shop", R"({"services": {"--privileged": {}}})", {}).has_error());
}

TEST(Wanted, ReadsGoDurations) {
    using std::chrono::milliseconds;
    EXPECT_EQ(parse_go_duration("1m30s"), milliseconds{90'000});
    EXPECT_EQ(parse_go_duration("1.5s"), milliseconds{1500});
    EXPECT_EQ(parse_go_duration("500ms"), milliseconds{500});
    EXPECT_EQ(parse_go_duration("2h"), milliseconds{7'200'000});
    for (const char* text : {"", "5", "x", "-1s", "1d", "s"}) {
        EXPECT_EQ(parse_go_duration(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace itsup::deploy
