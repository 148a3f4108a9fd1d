// Any bytes as a project file or as a Compose file: a model or problems, each with its file.
#include <config/load.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    itsup::config::ProjectFiles files{.name = "p", .compose = "services: {a: {image: x}}"};
    files.project = text;
    auto loaded = itsup::config::load_project(files);
    files.project = "ingress: [{service: a, domain: a.example.com}]";
    files.compose = text;
    for (auto& problem : itsup::config::load_project(files).problems) {
        loaded.problems.push_back(std::move(problem));
    }
    for (const auto& problem : loaded.problems) {
        if (problem.file.empty() || problem.message.empty())
            std::abort();
    }
    return 0;
}
