#include <cli/context.hpp>
#include <cli/operations.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task_runner.hpp>
#include <services/catalog.hpp>
#include <services/root_lock.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace itsup::cli {

int fail(const base::Error& error) {
    fmt::print(stderr, "✗ {}\n", error.message);
    for (const auto& field : error.fields) {
        fmt::print(stderr, "  {}: {}\n", field.pointer, field.detail);
    }
    return exit_failed;
}

base::Result<net::Endpoint> daemon_address(const Installation& installation) {
    if (installation.listen) {
        return *installation.listen;
    }
    TRY(const auto holder, services::RootLock::holder(installation.root));
    return holder && holder->address ? base::Result<net::Endpoint>(*holder->address)
                                     : services::listen_address(installation.root);
}

base::Result<services::SecretMap> read_secrets(const Installation& installation, std::string name) {
    runtime::TaskRunner runner;
    runtime::BlockingPool pool(1);
    services::SecretStore store(installation.root, pool, installation.sops_environment);
    TRY_VOID(runner.run(store.refresh({name})));
    const auto& set = store.of(name);
    if (set.error) {
        return base::Error(*set.error).with_context("secrets");
    }
    for (const auto& warning : set.warnings) {
        fmt::print(stderr, "⚠ {}:{}: {}\n", warning.file, warning.line, warning.message);
    }
    return set.values;
}

int fail_usage(std::string_view message) {
    fmt::print(stderr, "✗ {}\n", message);
    return exit_usage;
}

void print_ok(std::string_view text) {
    fmt::print("✓ {}\n", text);
}

void print_warning(std::string_view text) {
    if (!text.empty()) {
        fmt::print(stderr, "⚠ {}\n", text);
    }
}

std::string shown_path(const services::InstallRoot& root, std::string_view path) {
    std::error_code code;
    const bool is_here = std::filesystem::equivalent(".", root.path, code);
    return is_here ? std::string(path) : fmt::format("{}/{}", root.path, path);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += i + 1 < row.size() ? fmt::format("{:<{}}  ", row[i], widths[i]) : row[i];
        }
        while (line.ends_with(' ')) {
            line.pop_back();
        }
        fmt::print("{}\n", line);
    }
}

}  // namespace itsup::cli
