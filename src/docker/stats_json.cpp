#include <docker/engine_json.hpp>
#include <docker/json_reader.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>

namespace itsup::docker {

namespace {

std::uint64_t count(const JsonReader& reader, std::string_view key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(reader.integer(key), 0));
}

/// What `docker stats` computes: the container's share of the host's time between two samples.
double cpu_percent(const JsonReader& now, const JsonReader& before) {
    const auto used = static_cast<double>(now.at("cpu_usage").integer("total_usage") -
                                          before.at("cpu_usage").integer("total_usage"));
    const auto host =
        static_cast<double>(now.integer("system_cpu_usage") - before.integer("system_cpu_usage"));
    auto cores = static_cast<double>(now.integer("online_cpus"));
    if (cores <= 0) {
        cores = static_cast<double>(now.at("cpu_usage").at("percpu_usage").text_list().size());
    }
    // The first sample of a stream has nothing before it.
    if (host <= 0 || used < 0 || before.integer("system_cpu_usage") == 0) {
        return 0;
    }
    return used / host * cores * 100;
}

std::uint64_t memory_without_cache(const JsonReader& memory) {
    const auto usage = count(memory, "usage");
    const auto stats = memory.at("stats");
    // cgroup v1 calls it total_inactive_file, v2 inactive_file.
    const auto cache = stats.at("total_inactive_file").is_number()
                           ? count(stats, "total_inactive_file")
                           : count(stats, "inactive_file");
    return cache < usage ? usage - cache : usage;
}

void take_blocks(const JsonReader& list, StatsSample& out) {
    list.each_item([&out](JsonReader entry) {
        const auto operation = entry.text("op");
        if (operation == "Read" || operation == "read") {
            out.block_read_bytes += count(entry, "value");
        } else if (operation == "Write" || operation == "write") {
            out.block_written_bytes += count(entry, "value");
        }
    });
}

}  // namespace

base::Result<StatsSample> parse_stats(std::string_view text) {
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error);
    if (error || !value.is_object()) {
        return base::make_error(base::ErrorKind::malformed, "the engine's stats cannot be read");
    }
    const JsonReader root(value);
    StatsSample out;
    if (auto time = base::parse_rfc3339(root.text("read"))) {
        out.time = *time;
    }
    out.cpu_percent = cpu_percent(root.at("cpu_stats"), root.at("precpu_stats"));
    out.memory_bytes = memory_without_cache(root.at("memory_stats"));
    out.memory_limit_bytes = count(root.at("memory_stats"), "limit");
    root.at("networks").each([&out](std::string_view, JsonReader network) {
        out.network_received_bytes += count(network, "rx_bytes");
        out.network_sent_bytes += count(network, "tx_bytes");
    });
    take_blocks(root.at("blkio_stats").at("io_service_bytes_recursive"), out);
    out.processes = count(root.at("pids_stats"), "current");
    return out;
}

}  // namespace itsup::docker
