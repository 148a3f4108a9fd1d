# The web app: npm builds web/dist, embed.py packs it (plain, gzip, brotli) into the binary.
find_program(NPM_PROGRAM npm REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
enable_language(ASM)

file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*)
list(APPEND web_sources ${CMAKE_SOURCE_DIR}/web/index.html ${CMAKE_SOURCE_DIR}/web/vite.config.ts
  ${CMAKE_SOURCE_DIR}/web/package-lock.json ${CMAKE_SOURCE_DIR}/web/tsconfig.json
  ${CMAKE_SOURCE_DIR}/web/docs.html ${CMAKE_SOURCE_DIR}/web/svelte.config.js)
set(web_stamp ${CMAKE_BINARY_DIR}/web/modules.stamp)
set(web_out ${CMAKE_BINARY_DIR}/web)

add_custom_command(OUTPUT ${web_stamp}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${web_out}
  COMMAND ${NPM_PROGRAM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${web_stamp}
  DEPENDS ${CMAKE_SOURCE_DIR}/web/package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web
  COMMENT "Installing the web app's packages")
add_custom_command(OUTPUT ${web_out}/embedded.cpp ${web_out}/embedded.S
  COMMAND ${NPM_PROGRAM} run build --silent -- --outDir ${web_out}/dist --emptyOutDir --logLevel warn
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/errors_page.py
    ${CMAKE_SOURCE_DIR}/docs/errors.md ${web_out}/dist/errors.html
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed.py ${web_out}/dist ${web_out}
  DEPENDS ${web_sources} ${web_stamp} ${CMAKE_SOURCE_DIR}/cmake/embed.py
    ${CMAKE_SOURCE_DIR}/cmake/errors_page.py ${CMAKE_SOURCE_DIR}/docs/errors.md
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web
  COMMENT "Building the web app")

add_library(itsup_web STATIC ${web_out}/embedded.cpp ${web_out}/embedded.S)
target_link_libraries(itsup_web PUBLIC itsup_api)
