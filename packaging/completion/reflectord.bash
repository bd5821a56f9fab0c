# reflectord completion for bash
# Made by `npm run generate`; do not edit.

_reflectord_peers() {
  reflectord show peers --json 2>/dev/null | sed -n 's/^{"address":"\([0-9A-Za-z.:%_-]*\)".*/\1/p'
}

_reflectord_offer() {
  case $1 in
    file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    peer) mapfile -t COMPREPLY < <(compgen -W "$(_reflectord_peers)" -- "$cur") ;;
    text) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur") ;;
  esac
}

_reflectord() {
  local cur prev words cword
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n : cur prev words cword
  else
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  fi
  COMPREPLY=()

  local command='' operands=0 i
  for ((i = 1; i < cword; i++)); do
    case ${words[i]} in
      --socket | --family | --peer | --message) ((i++)) ;;
      -*) ;;
      *)
        case "$command ${words[i]}" in
          ' run' | ' check' | ' demo' | ' show' | ' show peers' | ' show peer' | ' show rib' | ' show fib' | ' show groups' | ' show cut' | ' show bfd' | ' show damped' | ' show refused' | ' show memory' | ' status' | ' explain' | ' undamp' | ' refresh' | ' reset' | ' drain' | ' undrain' | ' reload' | ' stop') command+=" ${words[i]}" ;;
          *) ((operands++)) ;;
        esac
        ;;
    esac
  done

  case $prev in
    --socket) _reflectord_offer file ;;
    --family) _reflectord_offer text ;;
    --peer) _reflectord_offer peer ;;
    --message) _reflectord_offer text ;;
    *)
      if [[ $cur == -* ]]; then
        case $command in
          '') _reflectord_offer -V --version --socket -h --help ;;
          ' run') _reflectord_offer -h --help ;;
          ' check') _reflectord_offer -h --help ;;
          ' demo') _reflectord_offer --once --loopback -h --help ;;
          ' show') _reflectord_offer -h --help ;;
          ' show peers') _reflectord_offer --json -h --help ;;
          ' show peer') _reflectord_offer --json -h --help ;;
          ' show rib') _reflectord_offer --family --peer --json -h --help ;;
          ' show fib') _reflectord_offer --failed --json -h --help ;;
          ' show groups') _reflectord_offer --json -h --help ;;
          ' show cut') _reflectord_offer --json -h --help ;;
          ' show bfd') _reflectord_offer --json -h --help ;;
          ' show damped') _reflectord_offer --peer --json -h --help ;;
          ' show refused') _reflectord_offer --json -h --help ;;
          ' show memory') _reflectord_offer --json -h --help ;;
          ' status') _reflectord_offer --json -h --help ;;
          ' explain') _reflectord_offer --peer --json -h --help ;;
          ' undamp') _reflectord_offer --peer --json -h --help ;;
          ' refresh') _reflectord_offer --family --json -h --help ;;
          ' reset') _reflectord_offer --message --json -h --help ;;
          ' drain') _reflectord_offer --json -h --help ;;
          ' undrain') _reflectord_offer --json -h --help ;;
          ' reload') _reflectord_offer --json -h --help ;;
          ' stop') _reflectord_offer --final --message --json -h --help ;;
        esac
      else
        case "$command $operands" in
          ' 0') _reflectord_offer run check demo show status explain undamp refresh reset drain undrain reload stop ;;
          ' run 0') _reflectord_offer file ;;
          ' check 0') _reflectord_offer file ;;
          ' show 0') _reflectord_offer peers peer rib fib groups cut bfd damped refused memory ;;
          ' show peer 0') _reflectord_offer peer ;;
          ' show rib 0') _reflectord_offer text ;;
          ' explain 0') _reflectord_offer text ;;
          ' undamp 0') _reflectord_offer text ;;
          ' refresh 0') _reflectord_offer peer ;;
          ' reset 0') _reflectord_offer peer ;;
          ' drain 0') _reflectord_offer peer ;;
          ' undrain 0') _reflectord_offer peer ;;
        esac
      fi
      ;;
  esac
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}

complete -F _reflectord reflectord
