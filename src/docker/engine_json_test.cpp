#include <docker/engine_http.hpp>
#include <docker/engine_json.hpp>
#include <docker/http_engine.hpp>
#include <docker/target.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::docker {
namespace {

using testing::ElementsAre;

constexpr std::string_view inspect = R"({
"Id":"abc","Created":"2026-08-21T10:00:00.5Z","Name":"/shop-web-1","Image":"sha256:1","RestartCount":2,
"LogPath":"/d/abc-json.log",
"State":{"Status":"running","Running":true,"Pid":77,"ExitCode":0,"OOMKilled":false,"Error":"",
 "StartedAt":"2026-08-21T10:00:01Z","FinishedAt":"0001-01-01T00:00:00Z",
 "Health":{"Status":"unhealthy","FailingStreak":3,"Log":[
  {"Start":"2026-08-21T10:00:02+02:00","End":"2026-08-21T10:00:03+02:00","ExitCode":1,"Output":"no\n"}]}},
"HostConfig":{"NetworkMode":"shop_default","RestartPolicy":{"Name":"always"},"LogConfig":{"Type":"json-file"}},
"Mounts":[{"Type":"volume","Name":"v","Source":"/s","Destination":"/d","RW":false}],
"Config":{"Tty":true,"Image":"shop:1","StopTimeout":7,"ExposedPorts":{"80/tcp":{}},
 "Healthcheck":{"Test":["CMD","true"]},
 "Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web",
  "com.docker.compose.container-number":"1","com.docker.compose.oneoff":"False",
  "com.docker.compose.config-hash":"f00"}},
"NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/udp":null},
 "Networks":{"shop_default":{"IPAddress":"172.20.0.2"}}}})";

TEST(EngineJson, ReadsAContainer) {
    const auto details = parse_container_details(inspect).value();
    const auto& container = details.container;
    EXPECT_EQ(container.name, "shop-web-1");
    EXPECT_EQ(container.project, "shop");
    EXPECT_EQ(container.service, "web");
    EXPECT_EQ(container.number, 1);
    EXPECT_FALSE(container.oneoff);
    EXPECT_EQ(container.config_hash, "f00");
    EXPECT_EQ(container.health, model::Health::unhealthy);
    EXPECT_FALSE(container.exit_code.has_value());
    EXPECT_FALSE(container.finished_at.has_value());
    EXPECT_EQ(base::format_rfc3339(*container.started_at), "2026-08-21T10:00:01.000Z");
    EXPECT_THAT(container.ports, ElementsAre(model::PublishedPort{"0.0.0.0", 8080, 80, "tcp"}));
    EXPECT_EQ(container.networks.at("shop_default"), "172.20.0.2");
    EXPECT_TRUE(container.tty);
    EXPECT_EQ(details.pid, 77);
    EXPECT_TRUE(details.has_health_check);
    ASSERT_EQ(details.health_log.size(), 1U);
    EXPECT_EQ(details.health_log[0].output, "no\n");
    EXPECT_EQ(base::format_rfc3339(*details.health_log[0].start), "2026-08-21T08:00:02.000Z");
    EXPECT_EQ(details.stop_timeout_s, 7);
    EXPECT_THAT(details.mounts, ElementsAre(Mount{"volume", "v", "/s", "/d", false}));
    EXPECT_THAT(container.volumes, ElementsAre("/d"));
    EXPECT_THAT(details.exposed_ports, ElementsAre("80/tcp"));
}

TEST(EngineJson, ReadsAListIncludingWhatStandsInItsStatusText) {
    const auto list = parse_container_list(R"j([
        {"Id":"a","Names":["/other/alias","/shop-db-1"],"State":"exited","Status":"Exited (137) 2 hours ago",
         "Mounts":[{"Type":"volume","Name":"v","Destination":"/data"},{"Type":"bind","Destination":"/etc/x"}]},
        {"Id":"b","Names":["/x"],"State":"running","Status":"Up 2 seconds (health: starting)",
         "Ports":[{"PrivatePort":80,"Type":"tcp"}],"Created":5},
        {"Names":["/no-id"]}, 7])j")
                          .value();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].name, "shop-db-1");
    EXPECT_EQ(list[0].exit_code, 137);
    EXPECT_THAT(list[0].volumes, ElementsAre("/data"));
    EXPECT_EQ(list[1].health, model::Health::starting);
    EXPECT_TRUE(list[1].ports.empty());
}

TEST(EngineJson, ReadsWhereAnImageKeepsData) {
    const auto image =
        parse_image(R"({"Id":"sha256:1","Config":{"Volumes":{"/var/lib/data":{}}},"Size":5})")
            .value();
    EXPECT_THAT(image.volumes, ElementsAre("/var/lib/data"));
    EXPECT_TRUE(parse_image(R"({"Id":"a","Config":{"Volumes":null}})")->volumes.empty());
}

TEST(EngineJson, ReadsEventsOfContainersOnly) {
    const auto health = parse_event(
        R"({"Type":"container","Action":"health_status: healthy","Actor":{"ID":"a","Attributes":{"name":"n"}},"timeNano":1500000000000000001})");
    EXPECT_EQ((*health)->action, "health_status");
    EXPECT_EQ((*health)->detail, "healthy");
    EXPECT_EQ((*health)->time.time_since_epoch().count(), 1500000000000000001);
    EXPECT_FALSE(
        parse_event(R"({"Type":"network","Action":"connect","Actor":{"ID":"a"}})")->has_value());
    EXPECT_TRUE(parse_event("{").has_error());
    EXPECT_TRUE(parse_event("[]").has_error());
}

TEST(EngineJson, ComputesStatsAsDockerStatsDoes) {
    const auto sample =
        parse_stats(
            R"({"read":"2026-08-21T10:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":2000,"online_cpus":2},
        "precpu_stats":{"cpu_usage":{"total_usage":100},"system_cpu_usage":1000},
        "memory_stats":{"usage":1000,"limit":18446744073709551615,"stats":{"inactive_file":400}},
        "networks":{"a":{"rx_bytes":1,"tx_bytes":2},"b":{"rx_bytes":10,"tx_bytes":20}},
        "blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":5},{"op":"Write","value":6}]},
        "pids_stats":{"current":3}})")
            .value();
    EXPECT_DOUBLE_EQ(sample.cpu_percent, 40);
    EXPECT_EQ(sample.memory_bytes, 600U);
    EXPECT_EQ(sample.network_received_bytes, 11U);
    EXPECT_EQ(sample.network_sent_bytes, 22U);
    EXPECT_EQ(sample.block_read_bytes, 5U);
    EXPECT_EQ(sample.block_written_bytes, 6U);
    EXPECT_EQ(sample.processes, 3U);
    EXPECT_EQ(parse_stats("{}")->cpu_percent, 0);
}

TEST(EngineJson, RefusesWhatIsNoneOfTheEngine) {
    for (const std::string_view bad : {"", "{", "null", "[]", "{\"Id\":7}", "\xFF"}) {
        EXPECT_TRUE(parse_container_details(bad).has_error()) << bad;
        EXPECT_TRUE(parse_image(bad).has_error()) << bad;
        EXPECT_TRUE(parse_network(bad).has_error()) << bad;
        EXPECT_TRUE(parse_version(bad).has_error()) << bad;
    }
    EXPECT_TRUE(parse_container_list("{}").has_error());
}

TEST(EngineErrors, KeepTheEnginesMessage) {
    const auto error = error_of_status(409, R"({"message":"name is in use"})");
    EXPECT_EQ(error.kind, base::ErrorKind::conflict);
    EXPECT_EQ(error.message, "name is in use");
    EXPECT_EQ(error_of_status(404, "").kind, base::ErrorKind::not_found);
    EXPECT_EQ(error_of_status(500, "oh\nno").message, "oh no");
}

TEST(Target, EncodesWhatAPersonMayHaveWritten) {
    EXPECT_EQ(Target("/x/").part("a b?c#d%").query("t", "1&2=3").str(),
              "/x/a%20b%3Fc%23d%25?t=1%262%3D3");
    EXPECT_EQ(
        logs_target({.container = "c",
                     .follow = true,
                     .tail = 5,
                     .since = base::Timestamp(std::chrono::nanoseconds(1'000'000'002))}),
        "/containers/c/logs?stdout=1&stderr=1&timestamps=1&follow=1&tail=5&since=1.000000002");
}

TEST(Target, RefusesNamesThatCanBeNone) {
    for (const std::string_view bad : {"", "-x", "../x", "a/b", "a b", "a?b", "a\nb", "é", ".x"}) {
        EXPECT_TRUE(check_object_name(bad).has_error()) << bad;
    }
    EXPECT_TRUE(check_object_name("shop-web_1.x").has_value());
    for (const std::string_view bad : {"", "../x", "a//b", "a/", "a b", "a?b", "-a", "a/../b"}) {
        EXPECT_TRUE(check_image_reference(bad).has_error()) << bad;
    }
    EXPECT_TRUE(check_image_reference("localhost:5000/a/b:1@sha256:00ff").has_value());
    EXPECT_TRUE(check_signal("TERM;rm").has_error());
}

TEST(MakeEngine, TakesUnixAndTcpHostsOnly) {
    EXPECT_TRUE(make_engine("unix:///var/run/docker.sock").has_value());
    EXPECT_TRUE(make_engine("tcp://127.0.0.1:2375").has_value());
    for (const std::string_view bad :
         {"", "unix://", "/var/run/docker.sock", "ssh://h", "tcp://h", "tcp://h:x"}) {
        EXPECT_EQ(make_engine(bad).error().kind, base::ErrorKind::invalid) << bad;
    }
    EXPECT_EQ(choose_api_version("1.51"), "1.44");
    EXPECT_EQ(choose_api_version("1.41"), "1.41");
}

}  // namespace
}  // namespace itsup::docker
